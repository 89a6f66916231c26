// Written by `manage.py write_protocol_js` from sessions/protocol/; change that instead.

/** @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {"customer" | "specialist" | "system" | "technician"} role
 */
/** @typedef {object} SessionJoin
 * @property {"session.join"} type
 * @property {string} page
 * @property {number} [last_seq]
 */
/** @typedef {object} ChatPost
 * @property {"chat.post"} type
 * @property {string} id
 * @property {string} text
 * @property {"everyone" | "technicians"} [audience]
 */
/** @typedef {object} SignalSend
 * @property {"signal.send"} type
 * @property {string} to
 * @property {string} page
 * @property {Description | null} [description]
 * @property {Candidate | null} [candidate]
 * @property {string} [answers]
 * @property {boolean} [renew]
 */
/** @typedef {object} Description
 * @property {"answer" | "offer" | "pranswer" | "rollback"} type
 * @property {string} [sdp]
 */
/** @typedef {object} Candidate
 * @property {string} candidate
 * @property {string | null} [sdpMid]
 * @property {number | null} [sdpMLineIndex]
 * @property {string | null} [usernameFragment]
 */
/** @typedef {object} MediaState
 * @property {"media.state"} type
 * @property {boolean} camera
 * @property {boolean} microphone
 */
/** @typedef {object} RecordingAsk
 * @property {"recording.ask"} type
 */
/** @typedef {object} RecordingAnswer
 * @property {"recording.answer"} type
 * @property {string} id
 * @property {boolean} agree
 */
/** @typedef {object} RecordingStop
 * @property {"recording.stop"} type
 * @property {string} id
 */
/** @typedef {object} PresencePing
 * @property {"presence.ping"} type
 */
/** @typedef {object} Attendee
 * @property {string} id
 * @property {string} name
 * @property {"customer" | "specialist" | "system" | "technician"} role
 * @property {boolean} lead
 * @property {"connected" | "offline" | "reconnecting"} connection
 * @property {boolean} camera
 * @property {boolean} microphone
 * @property {string} company
 * @property {"" | "control" | "view_only"} right
 * @property {string[]} rights
 */
/** @typedef {object} RecordingState
 * @property {string} id
 * @property {"asking" | "paused" | "running"} state
 * @property {string} by
 * @property {string} by_name
 * @property {string} since
 * @property {number} recorded_ms
 * @property {number} kept_days
 * @property {string[]} unanswered
 */
/** @typedef {object} SessionState
 * @property {string} id
 * @property {"lens" | "screen"} kind
 * @property {string} name
 * @property {string} status
 * @property {string} status_label
 * @property {string} end_reason
 * @property {string | null} lead
 * @property {string} lead_name
 * @property {string | null} lead_offer
 * @property {number} place
 * @property {number | null} wait_min
 * @property {string | null} started_at
 * @property {string | null} ended_at
 * @property {string} since
 * @property {number} active_ms
 * @property {number} held_ms
 * @property {number} transferring_ms
 * @property {RecordingState | null} [recording]
 */
/** @typedef {object} SessionWelcome
 * @property {"session.welcome"} type
 * @property {string} you
 * @property {SessionState} session
 * @property {Attendee[]} attendees
 * @property {Person[]} waiting
 * @property {number} last_seq
 * @property {boolean} [resync]
 * @property {number} [since]
 */
/** @typedef {object} SessionReady
 * @property {"session.ready"} type
 * @property {number} seq
 */
/** @typedef {object} SessionChanged
 * @property {"session.changed"} type
 * @property {SessionState} session
 * @property {Attendee[]} attendees
 * @property {Person[]} waiting
 */
/** @typedef {object} Ack
 * @property {"ack"} type
 * @property {string} id
 * @property {number} seq
 */
/** @typedef {object} Error
 * @property {"error"} type
 * @property {string} code
 * @property {string} message
 * @property {string} [id]
 */
/** @typedef {object} PresencePong
 * @property {"presence.pong"} type
 */
/** @typedef {object} SignalReceived
 * @property {"signal.received"} type
 * @property {string} sender
 * @property {string} page
 * @property {Description | null} [description]
 * @property {Candidate | null} [candidate]
 * @property {RelayLine[]} [lines]
 */
/** @typedef {object} RelayLine
 * @property {string} mid
 * @property {string | null} attendee
 * @property {"camera" | "microphone" | "screen"} source
 */
/** @typedef {object} IceServer
 * @property {string[]} urls
 * @property {string} [username]
 * @property {string} [credential]
 */
/** @typedef {object} PeerPlan
 * @property {string} attendee
 * @property {string} page
 * @property {boolean} polite
 */
/** @typedef {object} RelayPlan
 * @property {string} page
 * @property {string[]} attendees
 */
/** @typedef {object} MediaPlan
 * @property {"media.plan"} type
 * @property {PeerPlan[]} peers
 * @property {RelayPlan | null} relay
 * @property {("camera" | "microphone" | "screen")[]} send
 * @property {IceServer[]} ice_servers
 * @property {boolean} relay_only
 */
/** @typedef {object} ChatPosted
 * @property {"chat.posted"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {string} id
 * @property {string} text
 */
/** @typedef {object} AttendeeJoined
 * @property {"attendee.joined"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {Person} attendee
 */
/** @typedef {object} AttendeeLeft
 * @property {"attendee.left"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {Person} attendee
 * @property {"" | "absent" | "alone" | "ended" | "removed" | "withdrawn"} [why]
 */
/** @typedef {object} RightChanged
 * @property {"right.changed"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {Person} attendee
 * @property {"" | "control" | "view_only"} right
 * @property {"" | "control" | "view_only"} before
 */
/** @typedef {object} StatusChanged
 * @property {"status.changed"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {string} status
 * @property {string} before
 * @property {string} [reason]
 */
/** @typedef {object} TermsAccepted
 * @property {"terms.accepted"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {number} version
 */
/** @typedef {object} TransferOffered
 * @property {"transfer.offered"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {string} to
 * @property {string} [comment]
 */
/** @typedef {object} LeadOffered
 * @property {"lead.offered"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {Person} attendee
 */
/** @typedef {object} LeadDeclined
 * @property {"lead.declined"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 */
/** @typedef {object} LeadChanged
 * @property {"lead.changed"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {Person} attendee
 * @property {string} before
 * @property {"handed_over" | "left" | "offline" | "taken" | "withdrawn"} reason
 */
/** @typedef {object} AgentInvited
 * @property {"agent.invited"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {string} to
 * @property {string} [comment]
 */
/** @typedef {object} AgentAnswered
 * @property {"agent.answered"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {string} name
 * @property {string} to
 * @property {"declined" | "withdrawn"} answer
 */
/** @typedef {object} InvitationCreated
 * @property {"invitation.created"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {string} method
 * @property {string} [to]
 * @property {string} [purpose]
 * @property {"" | "control" | "view_only"} [right]
 * @property {string} [comment]
 */
/** @typedef {object} InvitationCancelled
 * @property {"invitation.cancelled"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {string} purpose
 */
/** @typedef {object} DeliveryChanged
 * @property {"delivery.changed"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {string} state
 * @property {string} to
 * @property {string} [reason]
 */
/** @typedef {object} RecordingAsked
 * @property {"recording.asked"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 */
/** @typedef {object} RecordingAgreed
 * @property {"recording.agreed"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 */
/** @typedef {object} RecordingRefused
 * @property {"recording.refused"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {"no" | "silence" | "withdrawn"} reason
 * @property {"customer" | "specialist" | "system" | "technician"} role
 */
/** @typedef {object} RecordingStarted
 * @property {"recording.started"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 */
/** @typedef {object} RecordingPaused
 * @property {"recording.paused"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 */
/** @typedef {object} RecordingResumed
 * @property {"recording.resumed"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 */
/** @typedef {object} RecordingStopped
 * @property {"recording.stopped"} type
 * @property {number} seq
 * @property {number} prev
 * @property {string} at
 * @property {Person} by
 * @property {"everyone" | "technicians"} audience
 * @property {"ended" | "left" | "lost" | "stopped" | "withdrawn"} reason
 */
/** @typedef {object} SessionRow
 * @property {string} id
 * @property {string} name
 * @property {"lens" | "screen"} kind
 * @property {string} kind_label
 * @property {string} portal
 * @property {string} status
 * @property {string} status_label
 * @property {string} since
 * @property {string} status_since
 * @property {"connected" | "offline" | "reconnecting"} connection
 * @property {"agent" | "incoming" | "invited" | "outgoing" | "own" | "queue"} relation
 * @property {string} lead
 * @property {string} counterpart
 * @property {string} comment
 * @property {string} request
 * @property {string | null} limit_at
 * @property {number} counted_ms
 * @property {boolean} reported
 * @property {boolean} can_start
 * @property {string} why_not
 * @property {string[][]} answers
 * @property {string} why_not_specialists
 * @property {string} why_not_agents
 * @property {string} why_not_control
 * @property {string} why_not_record
 */
/** @typedef {object} PendingCode
 * @property {string} id
 * @property {string} session
 * @property {string} name
 * @property {string} code
 * @property {string} link
 * @property {string} expires_at
 * @property {string} method
 * @property {string} progress
 * @property {DeliveryState | null} delivery
 * @property {string} sms
 */
/** @typedef {object} DeliveryState
 * @property {string} id
 * @property {string} to
 * @property {"bounced" | "delivered" | "failed" | "queued" | "sent"} state
 * @property {string} label
 * @property {string} reason
 * @property {boolean} can_retry
 */
/** @typedef {object} Notice
 * @property {string} session
 * @property {string} text
 */
/** @typedef {object} ConsoleSnapshot
 * @property {"console.snapshot"} type
 * @property {SessionRow[]} sessions
 * @property {PendingCode[]} pending
 * @property {Notice[]} notices
 * @property {number} active
 * @property {number} active_limit
 * @property {string} why_not_hold
 * @property {string} why_not_transfer
 * @property {Record<string, string>} why_not_create
 * @property {string} now
 */
/** @typedef {SessionJoin | ChatPost | SignalSend | MediaState | RecordingAsk | RecordingAnswer | RecordingStop | PresencePing} FromBrowser */
/** @typedef {SessionWelcome | SessionReady | SessionChanged | Ack | Error | PresencePong | SignalReceived | MediaPlan | ChatPosted | AttendeeJoined | AttendeeLeft | RightChanged | StatusChanged | TermsAccepted | TransferOffered | LeadOffered | LeadDeclined | LeadChanged | AgentInvited | AgentAnswered | InvitationCreated | InvitationCancelled | DeliveryChanged | RecordingAsked | RecordingAgreed | RecordingRefused | RecordingStarted | RecordingPaused | RecordingResumed | RecordingStopped} ToBrowser */
/** @typedef {ChatPosted | AttendeeJoined | AttendeeLeft | RightChanged | StatusChanged | TermsAccepted | TransferOffered | LeadOffered | LeadDeclined | LeadChanged | AgentInvited | AgentAnswered | InvitationCreated | InvitationCancelled | DeliveryChanged | RecordingAsked | RecordingAgreed | RecordingRefused | RecordingStarted | RecordingPaused | RecordingResumed | RecordingStopped} DurableMessage */

export const MAX_MESSAGE_BYTES = 65_536;
export const MAX_CHAT_CHARACTERS = 4000;
export const HEARTBEAT_MS = 15_000;
export const CLOSE_ENDED = 4000;
export const CLOSE_NOT_INSIDE = 4001;
export const CLOSE_ELSEWHERE = 4002;
export const CLOSE_TOO_SLOW = 4003;
export const CLOSE_POLICY = 1008;
export const CLOSE_RESTART = 1012;
export const CLOSE_TRY_AGAIN = 1013;
