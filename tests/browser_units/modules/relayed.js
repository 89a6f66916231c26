import { PeerSet } from "lens/peer_set.js";

/** A page of one attendee, with the line that relay_world.py answers. */
export class RelayedPage extends EventTarget {
  /** What came, by "attendee/source". @type {Map<string, MediaStreamTrack>} */
  tracks = new Map();
  /** @type {any[]} */
  states = [];
  /** @type {number[]} when frames of the customer's picture were shown */
  frames = [];

  static async open(url, attendee) {
    const page = new RelayedPage();
    page.socket = new WebSocket(url);
    await new Promise((done) => page.socket.addEventListener("open", done));
    page.socket.send(attendee);
    page.socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      const name = message.type === "media.plan" ? "plan" : "signal";
      page.dispatchEvent(new CustomEvent(name, { detail: message }));
    });
    page.set = new PeerSet({ connection: page });
    page.video = document.createElement("video");
    page.video.muted = page.video.autoplay = true;
    page.video.srcObject = new MediaStream();
    document.body.append(page.video);
    const on = (name, act) => page.set.addEventListener(name, ({ detail }) => act(detail));
    on("track", ({ attendee: whose, source, track }) => {
      page.tracks.set(`${whose}/${source}`, track);
      if (whose !== "customer" || source !== "camera") return;
      const stream = page.video.srcObject;
      for (const before of stream.getTracks()) stream.removeTrack(before);
      stream.addTrack(track);
    });
    on("trackend", ({ attendee: whose, source }) => page.tracks.delete(`${whose}/${source}`));
    on("peerstate", (state) => page.states.push(state));
    const next = (now) => {
      page.frames.push(now);
      page.video.requestVideoFrameCallback(next);
    };
    page.video.requestVideoFrameCallback(next);
    return page;
  }

  signal(to, page, signal) {
    this.socket.send(JSON.stringify({ type: "signal.send", to, page, ...signal }));
    return true;
  }

  get longestGap() {
    return Math.max(0, ...this.frames.slice(1).map((at, index) => at - this.frames[index]));
  }

  /** Bytes that a track has brought. @param {string} attendee @param {string} source */
  async received(attendee, source) {
    const track = this.tracks.get(`${attendee}/${source}`);
    const report = track && (await this.set.get(attendee)?.stats());
    const inbound = report && [...report.values()].find((one) => one.type === "inbound-rtp" && one.trackIdentifier === track.id);
    return inbound?.packetsReceived ?? 0;
  }
}
