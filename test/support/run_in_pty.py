"""Runs a program in a terminal of its own. Lines of JSON on stdin: {"type": TEXT}, {"size": [ROWS, COLS]}.
What the program shows goes to stdout. At the end the program's exit code and whether the terminal's settings are as
they were at the beginning go to stderr, as JSON."""
import fcntl, json, os, pty, select, struct, sys, termios

def resize(fd, rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))

pid, master = pty.fork()
if pid == 0:
    resize(0, 24, 80)
    os.execv(sys.argv[1], sys.argv[1:])
before = termios.tcgetattr(master)
orders = b''
stdin_open = True
while True:
    ready, _, _ = select.select([master] + ([0] if stdin_open else []), [], [])
    if 0 in ready:
        got = os.read(0, 65536)
        stdin_open = got != b''
        orders += got
        while b'\n' in orders:
            line, orders = orders.split(b'\n', 1)
            order = json.loads(line)
            if 'type' in order:
                text = order['type'].encode()
                while text:
                    text = text[os.write(master, text):]
            if 'size' in order:
                resize(master, *order['size'])
    if master in ready:
        try:
            shown = os.read(master, 65536)
        except OSError:
            shown = b''
        if shown == b'':
            break
        # As a terminal does: where the cursor is, and what it is.
        os.write(master, b'\x1b[1;1R' * shown.count(b'\x1b[6n') + b'\x1b[?62c' * shown.count(b'\x1b[c'))
        os.write(1, shown)
same = True
try:
    same = termios.tcgetattr(master)[3] == before[3]
except termios.error:
    pass
_, status = os.waitpid(pid, 0)
print(json.dumps({'code': os.waitstatus_to_exitcode(status), 'same': same}), file=sys.stderr)
