import type { Delivered } from '../../protocol/schemas/message.ts';
import { disarm } from './disarm.ts';

/**
 * One message as the model reads it: attributes come from the hive, the text from the sender. Names of files and
 * choices were chosen by others too, so everything in an attribute is escaped.
 */
export function showMessage(message: Delivered): string {
  const attributes = attributesOf(message)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}="${escapeAttribute(String(value))}"`);
  return `<message ${attributes.join(' ')}>\n${disarm(message.body)}\n</message>`;
}

function attributesOf(message: Delivered): [name: string, value: string | number | null][] {
  const { data } = message;
  const flag = (on: boolean) => (on ? 'true' : null);
  const isUrgent = message.priority === 'high' || message.priority === 'critical';
  return [
    ['id', message.id],
    ['thread', message.thread],
    ['in_reply_to', message.inReplyTo],
    ['from', message.from],
    ['to', isGroup(message.to) && !message.broadcast ? message.to : null],
    ['kind', message.kind],
    ['priority', isUrgent ? message.priority : null],
    ['severity', data.severity ?? null],
    ['at', new Date(message.at).toISOString()],
    ['broadcast', flag(message.broadcast)],
    ['copy', flag(message.copy)],
    ['redelivered', flag(message.redelivered)],
    ['choices', data.choices === undefined ? null : data.choices.join(' | ')],
    ['deadline', data.deadline === undefined ? null : new Date(data.deadline).toISOString()],
    ['default', data.default ?? null],
    ['files', data.attachments === undefined ? null : data.attachments.map(describeFile).join(', ')],
    ['meant_for', data.meantFor ?? null],
    ['edited_by', data.editedFrom === undefined ? null : 'operator'],
  ];
}

function isGroup(to: string): boolean {
  return /^[@#*]/.test(to);
}

function describeFile(file: { name: string; bytes: number }): string {
  return `${file.name} (${sayBytes(file.bytes)})`;
}

function sayBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Keeps quoted text within its quotes, on its line. */
function escapeAttribute(value: string): string {
  return disarm(value)
    .replaceAll(/&(?!lt;)|[<>"]/g, (sign) => ENTITIES[sign] ?? '')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
