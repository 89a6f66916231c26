/** @typedef {"environment" | "user"} Facing */
/** @typedef {"denied" | "absent" | "busy" | "insecure" | "in_app" | "unknown"} Trouble */

/** @type {Record<string, Trouble>} */
const TROUBLES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "busy",
  AbortError: "busy",
};
const IN_APP =
  /Instagram|FBA[NV]|\bLine\/|MicroMessenger|\bGSA\/|Snapchat|TikTok|musical_ly|BytedanceWebview|LinkedInApp|; wv\)/;

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** @param {{ facing?: Facing, deviceId?: string }} [wanted] @returns {Promise<MediaStreamTrack>} */
export async function openCamera(wanted) {
  return (await navigator.mediaDevices.getUserMedia({ video: picture(wanted) })).getVideoTracks()[0];
}

/** @returns {Promise<MediaStreamTrack>} */
export async function openMicrophone() {
  return (await navigator.mediaDevices.getUserMedia({ audio: AUDIO })).getAudioTracks()[0];
}

/** Camera and microphone with one question; both come or neither. @returns {Promise<MediaStreamTrack[]>} */
export async function openBoth() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: picture(), audio: AUDIO });
  return [stream.getVideoTracks()[0], stream.getAudioTracks()[0]];
}

/** @param {{ facing?: Facing, deviceId?: string }} [wanted] @returns {MediaTrackConstraints} */
function picture({ facing = "environment", deviceId } = {}) {
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: facing } };
  return { ...which, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
}

/** Why a camera or microphone did not open. @param {unknown} error @returns {Trouble} */
export function explain(error) {
  const trouble = navigator.mediaDevices ? TROUBLES[/** @type {Error} */ (error)?.name] : "insecure";
  // In-app browsers refuse without asking; only another browser helps.
  if ((trouble === "denied" || trouble === "insecure") && isInAppBrowser(navigator.userAgent))
    return "in_app";
  return trouble ?? "unknown";
}

/** @param {string} userAgent */
export function isInAppBrowser(userAgent) {
  return IN_APP.test(userAgent);
}

export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "videoinput");
}

/**
 * The other side of a phone, or the next camera of a computer. Many phones cannot hold two: the old one is stopped first,
 * and opened again when the next does not open.
 * @param {MediaStreamTrack} track @returns {Promise<MediaStreamTrack>}
 */
export async function nextCamera(track) {
  const { facingMode, deviceId } = track.getSettings();
  const ids = (await listCameras()).map((camera) => camera.deviceId);
  const next = facingMode
    ? openable({ facing: facingMode === "user" ? "environment" : "user" })
    : openable({ deviceId: ids[(ids.indexOf(deviceId ?? "") + 1) % ids.length] });
  track.stop();
  try {
    return await next();
  } catch {
    return openCamera({ deviceId });
  }
}

/** @param {{ facing?: Facing, deviceId?: string }} wanted */
function openable(wanted) {
  return () => openCamera(wanted);
}
