import type { EventEmitter } from "node:events";

/** What pg's classes have and its published types leave out; each is used here and covered by a test. */
declare module "pg" {
  interface Client {
    /** BackendKeyData: what a cancel request must carry. */
    readonly processID: number | null;
    readonly secretKey: number | null;
  }
  interface Connection {
    /** Called once `stream` is the one that the server's messages come on: the socket, or what TLS makes of it. */
    attachListeners(stream: EventEmitter): void;
    connect(port: number, host: string): void;
    requestSsl(): void;
    cancel(processID: number, secretKey: number): void;
    sendCopyFail(message: string): void;
    execute(config: { portal: string; rows: number }): void;
    parse(query: { name: string; text: string; types: number[] }): void;
    bind(config: { portal: string; statement: string; values: (string | null)[] }): void;
    describe(message: { type: "P" | "S"; name: string }): void;
  }
}

export type RowDescription = {
  fields: { name: string; tableID: number; columnID: number; dataTypeID: number }[];
};
export type CommandComplete = { text: string };
export type NoticeMessage = { severity?: string; message?: string; code?: string };
