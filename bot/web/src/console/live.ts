import { io, type Socket } from "socket.io-client";
import type { StaffMessage, Viewer } from "./wire";

const RETRY_MS = 5_000;

export interface LiveHooks {
  queue(): void;
  alarm(alarm: { conversation_id: string; grade: string; reference: string }): void;
  conversation(id: string): void;
  message(conversationId: string, message: StaffMessage): void;
  typing(typing: { conversation_id: string; author: string; name?: string | null; on: boolean }): void;
  presence(conversationId: string, viewers: Viewer[]): void;
  mention(): void;
  notice(kind: "notice" | "reminder"): void;
  connected(on: boolean): void;
}

/** The agents' socket. What it brings are hints to look again; the desk's answers over HTTP are what counts. */
export class Live {
  private socket: Socket | null = null;

  constructor(private readonly hooks: LiveHooks) {}

  get connected(): boolean {
    return this.socket?.connected === true;
  }

  open(): void {
    this.close();
    const socket = io("/staff", { path: "/socket.io", transports: ["websocket"], forceNew: true, reconnectionDelayMax: 5_000 });
    this.socket = socket;
    socket.on("connect", () => this.hooks.connected(true));
    const lost = (): void => {
      this.hooks.connected(false);
      // After the desk itself has said no, the client does not try again on its own.
      if (!socket.active) setTimeout(() => this.socket === socket && socket.connect(), RETRY_MS);
    };
    socket.on("disconnect", lost);
    socket.on("connect_error", lost);
    socket.on("queue", () => this.hooks.queue());
    socket.on("mention", () => this.hooks.mention());
    socket.on("notice", () => this.hooks.notice("notice"));
    socket.on("reminder", () => this.hooks.notice("reminder"));
    socket.on("alarm", (alarm: Parameters<LiveHooks["alarm"]>[0]) => this.hooks.alarm(alarm));
    socket.on("conversation", ({ id, conversation_id }: { id?: string; conversation_id?: string }) => {
      this.hooks.conversation(id ?? conversation_id ?? "");
    });
    socket.on("message", (m: { conversation_id: string; message: StaffMessage }) => {
      this.hooks.message(m.conversation_id, m.message);
    });
    socket.on("typing", (typing: Parameters<LiveHooks["typing"]>[0]) => this.hooks.typing(typing));
    socket.on("presence", (p: { conversation_id: string; viewers: Viewer[] }) => {
      this.hooks.presence(p.conversation_id, p.viewers);
    });
  }

  close(): void {
    this.socket?.removeAllListeners();
    this.socket?.disconnect();
    this.socket = null;
  }

  view(id: string | null): void {
    this.socket?.emit("view", { conversation_id: id });
  }

  typing(id: string, on: boolean): void {
    this.socket?.volatile.emit("typing", { conversation_id: id, on });
  }
}
