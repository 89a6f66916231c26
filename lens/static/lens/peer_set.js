import { flows } from "lens/first_frame.js";
import { Peer } from "lens/peer.js";
import { RelayPeer } from "lens/relay_peer.js";
import { SOURCES, WHOLE } from "lens/sources.js";

/** @typedef {import("lens/sources.js").Source} Source */
/** @typedef {{ attendee: string, page: string, polite: boolean }} Planned */
/** @typedef {{ page: string, attendees: string[] }} Relay */
/**
 * @typedef {{ peers: Planned[], relay: Relay | null, send: Source[], ice_servers: RTCIceServer[], relay_only: boolean }} Plan
 */
/**
 * @typedef {{ key: string, page: string, polite: boolean, peer: Peer | RelayPeer, state: string, timer: number,
 *   lingers: boolean, sees: boolean, connected: Whenever, tracks: Map<string, Found> }} Entry
 */
/** @typedef {{ promise: Promise<void>, resolve: () => void }} Whenever */
/** @typedef {{ attendee: string, kind: string, source: Source, track: MediaStreamTrack, stream: MediaStream }} Found */
/** @typedef {{ sender: string, page: string } & import("lens/peer.js").Signal & import("lens/relay_peer.js").Received} Received */
/** @typedef {import("lens/sources.js").Tracks} Local */
/** @typedef {EventTarget & { signal: (to: string, page: string, signal: any) => unknown }} Signalling */

const RELAY = "relay"; // where signals name the server's relay; attendees have UUIDs
const REBUILD_MS = 15_000;
const POLITE_REBUILD_MS = 18_000; // later, so that not both do it at once
const MAX_EARLY_SIGNALS = 64;
const LINGER_MS = 1_000; // of a connection that this page needs no longer
const LOOKED_AT_MS = 10_000; // and of one over which only the other side sees something: it closes it when it has done
const RETIRED_MS = 12_000; // and of one whose successor never brings anything
const OVER = new Set(["disconnected", "failed", "closed"]);

/**
 * The connections that the media plan asks for, and no other; they outlive the socket. Where the plan moves the same people
 * from direct connections to the relay, or back, the old connection goes on until the new one brings its first picture:
 * only then the page is told of the new track.
 *
 * Events: "track" ({attendee, kind, source, track, stream}); "trackend" ({attendee, source}); "peerstate" ({attendee, state,
 * relayed}); "gone" ({attendee}).
 */
export class PeerSet extends EventTarget {
  #connection;
  /** @type {Plan} */
  #plan = { peers: [], relay: null, send: [], ice_servers: [], relay_only: false };
  /** @type {Local} */
  #local = { microphone: null, camera: null, screen: null };
  #limit = WHOLE;
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {Set<Entry>} */
  #retired = new Set();
  /** @type {Map<string, { entry: Entry }>} what the page was told of, by attendee and source */
  #shown = new Map();
  /** @type {Received[]} */
  #early = [];
  #moving = 0; // tracks that are to follow others and have brought nothing yet
  #rejoined = false;

  /** @param {{ connection: Signalling }} options */
  constructor({ connection }) {
    super();
    this.#connection = connection;
    connection.addEventListener("plan", (/** @type {any} */ { detail }) => this.applyPlan(detail));
    connection.addEventListener("signal", (/** @type {any} */ { detail }) => this.#receive(detail));
    connection.addEventListener("welcome", () => {
      this.#rejoined = true;
    });
  }

  /** @param {Partial<Local>} tracks */
  setLocal(tracks) {
    Object.assign(this.#local, tracks);
    for (const { peer } of [...this.#entries.values(), ...this.#retired]) this.#feed(peer);
  }

  /** How much of pictures is sent, over these connections and later ones. @param {import("lens/sources.js").Limit} limit */
  limitPictures(limit) {
    this.#limit = limit;
    for (const { peer } of [...this.#entries.values(), ...this.#retired]) peer.limit(limit);
  }

  /** @param {Plan} plan */
  applyPlan(plan) {
    const before = this.#joined;
    this.#plan = plan;
    const joined = this.#joined;
    const planned = new Map(plan.peers.map((peer) => [peer.attendee, peer]));
    if (plan.relay) planned.set(RELAY, { attendee: RELAY, page: plan.relay.page, polite: true });
    for (const entry of this.#entries.values())
      if (planned.get(entry.key)?.page !== entry.page) this.#leave(entry, joined);
    for (const entry of this.#retired) if (!this.#isOf(entry, joined)) this.#end(entry);
    for (const attendee of before) if (!joined.has(attendee)) this.#forget(attendee);
    for (const peerPlan of planned.values()) this.#hold(peerPlan);
    this.#rejoined = false;
    if (plan.relay) this.#tellState(this.#entries.get(RELAY));
    for (const signal of this.#early.splice(0)) this.#receive(signal);
    this.#settle();
  }

  closeAll() {
    this.applyPlan({ ...this.#plan, peers: [], relay: null });
  }

  /** The connection that brings what an attendee sends. @param {string} attendee */
  get(attendee) {
    const through = this.#plan.relay?.attendees.includes(attendee) ? RELAY : attendee;
    return this.#entries.get(through)?.peer;
  }

  /**
   * What the browser counts on each connection that stands, and the ids of the tracks that it brings, by attendee.
   * @returns {Promise<{ report: RTCStatsReport, tracks: Map<string, Set<string>>, relayed: boolean }[]>}
   */
  async reports() {
    const standing = [...this.#entries.values()].filter(({ state }) => state === "connected");
    return Promise.all(
      standing.map(async ({ key, peer, tracks: found }) => {
        /** @type {Map<string, Set<string>>} */
        const tracks = new Map();
        for (const { attendee, track } of found.values())
          tracks.set(attendee, (tracks.get(attendee) ?? new Set()).add(track.id));
        return { report: await peer.stats(), tracks, relayed: key === RELAY };
      }),
    );
  }

  /** Those whom the plan connects with this page, in one way or the other. */
  get #joined() {
    return new Set([
      ...this.#plan.peers.map(({ attendee }) => attendee),
      ...(this.#plan.relay?.attendees ?? []),
    ]);
  }

  get #network() {
    return { iceServers: this.#plan.ice_servers, relayOnly: this.#plan.relay_only };
  }

  /** @param {Planned} planned */
  #hold({ attendee: key, page, polite }) {
    const entry = this.#entries.get(key) ?? this.#revived(key, page);
    if (!entry) return this.#add({ attendee: key, page, polite });
    entry.peer.configure(this.#network);
    this.#feed(entry.peer);
    if (this.#rejoined) entry.peer.resume();
  }

  /** A plan may come back to what it has just left. @param {string} key @param {string} page */
  #revived(key, page) {
    for (const entry of this.#retired) {
      if (entry.key !== key || entry.page !== page || entry.state !== "connected") continue;
      clearTimeout(entry.timer);
      entry.timer = 0;
      entry.lingers = false;
      this.#retired.delete(entry);
      this.#entries.set(key, entry);
      this.#tellState(entry);
      for (const found of entry.tracks.values()) this.#found(entry, found);
      return entry;
    }
    return undefined;
  }

  /** @param {Planned} planned */
  #add({ attendee: key, page, polite }) {
    /** @param {any} signal */
    const sendSignal = (signal) => this.#connection.signal(key, page, signal);
    const options = { ...this.#network, polite, sendSignal };
    const peer = key === RELAY ? new RelayPeer(options) : new Peer(options);
    /** @type {Entry} */
    const entry = {
      key,
      page,
      polite,
      peer,
      state: "new",
      timer: 0,
      lingers: false,
      sees: false,
      connected: whenever(),
      tracks: new Map(),
    };
    this.#entries.set(key, entry);
    peer.limit(this.#limit);
    this.#feed(peer);
    this.#watch(entry);
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
      peer.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("track", (found) => this.#found(entry, { attendee: key, ...found }));
    on("trackend", ({ attendee = key, source }) => this.#lost(entry, attendee, source));
    on("state", (state) => {
      entry.state = state;
      if (state === "connected") entry.connected.resolve();
      if (this.#retired.has(entry)) return OVER.has(state) && this.#end(entry);
      this.#watch(entry);
      this.#tellState(entry);
      this.#settle();
    });
  }

  /** @param {Entry} entry */
  #watch(entry) {
    if (entry.state === "new" || entry.state === "connected") {
      clearTimeout(entry.timer);
      entry.timer = 0;
    }
    if (entry.state === "connected") return;
    entry.timer ||= setTimeout(() => entry.peer.rebuild(), entry.polite ? POLITE_REBUILD_MS : REBUILD_MS);
  }

  /** @param {Entry | undefined} entry */
  #tellState(entry) {
    if (!entry) return;
    const { key, state } = entry;
    const relayed = key === RELAY;
    const attendees = relayed ? (this.#plan.relay?.attendees ?? []) : [key];
    for (const attendee of attendees) this.#emit("peerstate", { attendee, state, relayed });
  }

  // -- from one way to the other ------------------------------------------------------------------

  /** The plan wants another connection in its place, or none. @param {Entry} entry @param {Set<string>} joined */
  #leave(entry, joined) {
    this.#entries.delete(entry.key);
    clearTimeout(entry.timer);
    const moves =
      entry.key === RELAY ? this.#isOf(entry, joined) : this.#plan.relay?.attendees.includes(entry.key);
    if (!moves || entry.state !== "connected") return this.#end(entry);
    this.#retired.add(entry);
    entry.timer = setTimeout(() => this.#end(entry), RETIRED_MS);
    this.#lookAt(entry);
  }

  /** @param {Entry} entry */
  async #lookAt(entry) {
    const reports = [...(await entry.peer.stats()).values()];
    entry.sees = reports.some(({ type, framesDecoded }) => type === "inbound-rtp" && framesDecoded > 0);
  }

  /** @param {Entry} entry @param {Set<string>} joined */
  #isOf(entry, joined) {
    return entry.key === RELAY ? joined.size > 0 : joined.has(entry.key);
  }

  /** @param {Entry} entry */
  #end(entry) {
    clearTimeout(entry.timer);
    this.#retired.delete(entry);
    entry.peer.close();
  }

  /** Let go of those connections that nobody looks at any more. */
  #settle() {
    const ready = [...this.#entries.values()].every(({ state }) => state === "connected");
    if (!ready || this.#moving) return;
    for (const entry of this.#retired) {
      if (entry.lingers) continue;
      entry.lingers = true;
      clearTimeout(entry.timer);
      entry.timer = setTimeout(() => this.#end(entry), entry.sees ? LINGER_MS : LOOKED_AT_MS);
    }
  }

  /** @param {Entry} entry @param {Found} found */
  async #found(entry, found) {
    const key = `${found.attendee}/${found.source}`;
    entry.tracks.set(key, found);
    const before = this.#shown.get(key);
    if (before && before.entry !== entry && this.#retired.has(before.entry)) {
      this.#moving += 1;
      const over = new Promise((done) => setTimeout(done, RETIRED_MS));
      await Promise.race([entry.connected.promise.then(() => flows(found.track)), over]);
      this.#moving -= 1;
    }
    if (this.#entries.get(entry.key) !== entry || entry.tracks.get(key) !== found) return;
    this.#shown.set(key, { entry });
    this.#emit("track", found);
    this.#settle();
  }

  /** @param {Entry} entry @param {string} attendee @param {Source} source */
  #lost(entry, attendee, source) {
    const key = `${attendee}/${source}`;
    entry.tracks.delete(key);
    if (this.#shown.get(key)?.entry !== entry) return;
    this.#shown.delete(key);
    this.#emit("trackend", { attendee, source });
  }

  /** @param {string} attendee */
  #forget(attendee) {
    for (const source of SOURCES) this.#shown.delete(`${attendee}/${source}`);
    this.#emit("gone", { attendee });
  }

  // -- signals and tracks -------------------------------------------------------------------------

  /** @param {Peer | RelayPeer} peer */
  #feed(peer) {
    for (const source of SOURCES)
      peer.setTrack(source, this.#plan.send.includes(source) ? this.#local[source] : null);
  }

  // A signal may come before the plan that tells of its sender's page.
  /** @param {Received} signal */
  #receive(signal) {
    const entry = this.#entries.get(signal.sender);
    if (entry && entry.page === signal.page) entry.peer.receive(signal);
    else if (this.#early.push(signal) > MAX_EARLY_SIGNALS) this.#early.shift();
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @returns {Whenever} */
function whenever() {
  /** @type {any} */
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}
