/** Settings by environment, as INTERFACE names them. Read once at start by `read-settings.ts`. */
export interface Settings {
  readonly dataDir: string;
  readonly host: string;
  readonly httpPort: number;
  readonly webhookPort: number;
  /** Undefined: no broker of our own. */
  readonly mqttListen: { readonly host: string; readonly port: number } | undefined;
  readonly mqtt:
    | {
        readonly url: string;
        readonly username: string | undefined;
        readonly password: string | undefined;
        /** PEM texts. */
        readonly ca: string | undefined;
        readonly cert: string | undefined;
        readonly key: string | undefined;
        readonly clientId: string | undefined;
      }
    | undefined;
  readonly partitions: number;
  readonly groupPrefix: string;
  readonly apiToken: string | undefined;
  readonly trustNetwork: boolean;
  readonly opsPort: number;
  readonly logLevel: string;
}
