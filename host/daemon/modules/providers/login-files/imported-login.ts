import type { LoginState } from '../../../../../protocol/schemas/login.ts';

/** What a CLI's file says of its login. */
export interface ImportedLogin extends Pick<LoginState, 'refresh' | 'account' | 'isFedramp' | 'expiresAt'> {
  readonly access: string;
  /** When the access token was issued; null when the file does not say. */
  readonly renewedAt: number | null;
}

/** A file that contains no login which the hive can use. The message says why, and contains nothing of the file. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}
