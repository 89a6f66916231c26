/** Verbs of the API under /api/v1/: one request, one answer, one kind of error. */

export class ApiError extends Error {
  /**
   * @param {object} answer
   * @param {number} answer.status the HTTP status; 0 when no answer came at all
   * @param {string} answer.code the stable word for programs
   * @param {string} answer.message the sentence for people, empty when the server gave none
   * @param {Record<string, string>} [answer.errors] sentences by field, for a form that was wrong
   */
  constructor({ status, code, message, errors = {} }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/**
 * Post JSON and return the JSON of the answer.
 *
 * @param {string} url
 * @param {object} [data]
 * @returns {Promise<any>}
 * @throws {ApiError}
 */
export function post(url, data = {}) {
  return exchange(url, "POST", data);
}

/**
 * @param {string} url
 * @param {object} data
 * @param {{keepalive?: boolean}} [options] keepalive: the request outlives the page
 * @returns {Promise<any>}
 * @throws {ApiError}
 */
export function put(url, data, options = {}) {
  return exchange(url, "PUT", data, options);
}

/**
 * @param {string} url
 * @returns {Promise<any>}
 * @throws {ApiError}
 */
export function get(url) {
  return exchange(url, "GET");
}

/**
 * @param {string} url
 * @param {string} method
 * @param {object} [data]
 * @param {{keepalive?: boolean}} [options]
 */
async function exchange(url, method, data, options = {}) {
  const response = await ask(url, method, data, options);
  const body = await readJson(response);
  if (response.ok) return body;
  throw new ApiError({
    status: response.status,
    code: body.code ?? "error",
    message: body.message ?? "",
    errors: body.errors ?? {},
  });
}

/**
 * @param {string} url
 * @param {string} method
 * @param {object | undefined} data
 * @param {{keepalive?: boolean}} options
 */
async function ask(url, method, data, { keepalive = false }) {
  try {
    return await fetch(url, {
      method,
      keepalive,
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: data && JSON.stringify(data),
    });
  } catch {
    throw new ApiError({ status: 0, code: "unreachable", message: "" });
  }
}

/** @param {Response} response */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    if (response.ok) return {};
    return { code: response.status >= 500 ? "server_error" : "error" };
  }
}

function csrfToken() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  return meta instanceof HTMLMetaElement ? meta.content : "";
}
