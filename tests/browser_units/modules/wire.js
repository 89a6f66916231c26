import { Peer } from "lens/peer.js";
import { PeerSet } from "lens/peer_set.js";

/** @type {RTCPeerConnection[]} */
const connections = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration) {
    super(configuration);
    connections.push(this);
  }
};
const fingerprint = (sdp) => /a=fingerprint:(.+)/.exec(sdp)?.[1];
const copy = (value) => JSON.parse(JSON.stringify(value));

/** Two Peers and the way between them: signals arrive in order, one task later, as text would. */
export class Wire {
  /** Whether a signal passes; a test replaces it. */
  passes = (_signal, _from) => true;
  /** @type {{ from: string, signal: any }[]} */
  sent = [];

  constructor({ network = { iceServers: [] }, polite = { a: false, b: true } } = {}) {
    for (const [name, other] of [
      ["a", "b"],
      ["b", "a"],
    ]) {
      const sendSignal = (signal) => {
        const text = copy(signal);
        this.sent.push({ from: name, signal: text });
        if (this.passes(text, name)) setTimeout(() => this[other]?.receive(text));
      };
      this[name] = new Peer({ ...network, polite: polite[name], sendSignal });
    }
  }

  /** The connection that a side holds, which it shows to nobody else. @param {string} name */
  connection(name) {
    const { signal } = this.sent.findLast((one) => one.from === name && one.signal.description);
    const own = fingerprint(signal.description.sdp);
    return connections.find((one) => fingerprint(one.localDescription?.sdp) === own);
  }

  /** @param {string} type */
  count(type, from = undefined) {
    return this.sent.filter(
      (one) => one.signal.description?.type === type && (from === undefined || one.from === from),
    ).length;
  }
}

/** What a server does for the pages of one session: relays signals to the page they name, hands out plans. */
export class Hub {
  /** @type {Map<string, FakeConnection>} */
  pages = new Map();
  passes = (_signal, _from) => true;
  delayMs = 0;

  /** Opens a page for an attendee; an older page of the same attendee is gone. */
  page(attendee, page) {
    const connection = new FakeConnection(this, attendee, page);
    this.pages.set(attendee, connection);
    const set = new PeerSet({ connection });
    return { connection, set };
  }

  /** Every page is told whom to hold a connection with. */
  plan({ send = ["camera", "microphone"], iceServers = [], empty = false } = {}) {
    const pages = [...this.pages.values()];
    for (const own of pages) {
      const others = empty ? [] : pages.filter((other) => other !== own);
      own.tell("plan", {
        type: "media.plan",
        peers: others.map(({ attendee, page }) => ({ attendee, page, polite: own.attendee > attendee })),
        send,
        ice_servers: iceServers,
        relay: null,
        relay_only: false,
      });
    }
  }

  /** The socket of a page comes back after a loss. */
  comeBack(attendee) {
    const connection = this.pages.get(attendee);
    connection.up = true;
    connection.tell("welcome", { you: attendee });
    this.plan();
  }
}

class FakeConnection extends EventTarget {
  up = true;
  sent = 0;
  hub;
  attendee;
  page;

  constructor(hub, attendee, page) {
    super();
    Object.assign(this, { hub, attendee, page });
  }

  signal(to, page, signal) {
    const text = copy(signal);
    this.sent++;
    if (!this.up || !this.hub.passes(text, this.attendee)) return false;
    setTimeout(() => {
      const receiver = this.hub.pages.get(to);
      if (receiver?.page !== page || !receiver.up) return;
      receiver.tell("signal", { type: "signal.received", sender: this.attendee, page: this.page, ...text });
    }, this.hub.delayMs);
    return true;
  }

  tell(name, detail) {
    if (this.up) this.dispatchEvent(new CustomEvent(name, { detail: copy(detail) }));
  }
}
