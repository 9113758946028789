// @ts-check
/**
 * What the API answers, as types. Nothing here runs, and no browser loads this file: import from it in JSDoc only,
 * as in `@typedef {import("../api/types.js").JobRecord} JobRecord`.
 *
 * @typedef {"created" | "started" | "progress" | "completed" | "failed" | "moderated" | "cancelled"} Status
 * @typedef {string} Verb such as "pixverse-create"; a configuration can add some
 * @typedef {"jobs:read" | "jobs:write" | "accounts:read" | "accounts:write" | "secrets:read" | "metrics"} Scope
 *
 * @typedef {object} VerbField
 * @property {string} name
 * @property {"string" | "integer" | "number" | "boolean" | "choice" | "image" | "video"} type
 * @property {boolean} required
 * @property {string} [about]
 *
 * @typedef {object} VerbRow
 * @property {string} verb
 * @property {string} path
 * @property {string} about
 * @property {number} files
 * @property {VerbField[]} fields
 *
 * @typedef {object} Attachment
 * @property {string} id
 * @property {string} [content_type]
 * @property {string} filename
 * @property {string} url
 * @property {string} [proxy_url]
 * @property {string} [mirror_url]
 * @property {number} size
 * @property {number} [width]
 * @property {number} [height]
 *
 * @typedef {object} Wait
 * @property {string} reason
 * @property {string} [details]
 * @property {string} [jobid]
 * @property {string} [until]
 *
 * @typedef {object} JobRecord
 * @property {string} jobid
 * @property {string} [parentJobId]
 * @property {Verb} verb
 * @property {Status} status
 * @property {string} created
 * @property {string} updated
 * @property {string} [prompt]
 * @property {string} [negative_prompt]
 * @property {number} [motion]
 * @property {number} [seed_value]
 * @property {string} [hd_quality]
 * @property {{size: number, type: string}} [image]
 * @property {{size: number, type: string}} [face]
 * @property {string} [button]
 * @property {string} [value]
 * @property {string[]} [buttons]
 * @property {string[]} [otherButtons]
 * @property {{name: string, options: string[]}[]} [selects]
 * @property {string} [style]
 * @property {string} [aspect_ratio]
 * @property {string} [character]
 * @property {string} discord
 * @property {string} server
 * @property {string} channel
 * @property {number} maxJobs
 * @property {string} [replyUrl]
 * @property {string} [replyRef]
 * @property {string} [messageId]
 * @property {string} [content]
 * @property {string} [timestamp]
 * @property {Attachment[]} [attachments]
 * @property {object[]} [embeds]
 * @property {string} [error]
 * @property {string} [errorDetails]
 * @property {boolean} [late]
 * @property {Wait} [waitingFor]
 * @property {number} [position]
 *
 * @typedef {object} AccountHealth
 * @property {string} channel
 * @property {string} condition
 * @property {string} since
 * @property {string | null} reason
 * @property {string | null} remedy
 * @property {number} running
 * @property {number} maxJobs
 * @property {boolean} [paused]
 * @property {{count: number, newest: {messageId: string, at: string, why: string}}} [unmatched]
 * @property {Record<string, {value: string, at: string}>} [notices]
 * @property {{name: string, since: string}} [machine]
 *
 * @typedef {object} Health
 * @property {AccountHealth[]} accounts
 * @property {{count: number, newest: {jobid: string, receiver: string, at: string}}} [callbacksGivenUp]
 *
 * @typedef {object} Hour
 * @property {string} hour
 * @property {number} completed
 * @property {number} failed
 * @property {number} moderated
 * @property {number} cancelled
 * @property {number | null} waitP50
 * @property {number | null} waitP95
 *
 * @typedef {object} Attempt
 * @property {string} at
 * @property {number | null} status
 * @property {number} duration_ms
 * @property {string | null} error
 *
 * @typedef {object} Delivery
 * @property {string} id
 * @property {string} jobid
 * @property {string} url
 * @property {"pending" | "delivered" | "given_up"} state
 * @property {Status} status
 * @property {Attempt[]} attempts
 * @property {string | null} next_at
 *
 * @typedef {object} DoctorReport
 * @property {"works" | "warnings" | "fails"} outcome
 * @property {{about: string, code: string, level: "fine" | "note" | "warning" | "error", found: string,
 *   remedy?: string}[]} findings
 * @property {Record<string, unknown>} rows
 *
 * @typedef {object} HistoryPage
 * @property {JobRecord[]} jobs
 * @property {string | null} next
 *
 * @typedef {object} TimelineEvent
 * @property {number} id
 * @property {string} at
 * @property {Status} status
 * @property {string} [messageId]
 * @property {string} [content]
 * @property {string} [error]
 * @property {string} [errorDetails]
 * @property {boolean} [late]
 *
 * @typedef {{jobid: string, button: string | null, prompt: string | null, status: Status, created: string}} TimelineChild
 *
 * @typedef {object} Timeline
 * @property {string} jobid
 * @property {string | null} parentJobId
 * @property {TimelineEvent[]} events
 * @property {{kind: "command" | "modal", sent: string, answered: string | null, interactionId: string | null,
 *   outcome: "pending" | "taken" | "notsent" | "rejected" | "throttled" | "unknown", ran: boolean}[]} interactions
 * @property {{messageId: string, at: string, rule: "nonce" | "interaction" | "message" | "files" | "reference"
 *   | "equal" | "window" | "text", files: boolean}[]} messages
 * @property {Delivery[]} callbacks
 * @property {TimelineChild[]} children
 */

export {};
