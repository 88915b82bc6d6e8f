// SES's words for why an email did not arrive, as people say it. The codes are those of RFC 3463 and of the IANA registry
// of enhanced status codes.

import { t } from "./words.js";

const CODES = {
  "5.1.0": "Address refused",
  "5.1.1": "Address does not exist",
  "5.1.2": "Domain does not exist",
  "5.1.3": "Address is not valid",
  "5.1.6": "Address has moved",
  "5.1.10": "Domain takes no email",
  "5.2.1": "Mailbox is disabled",
  "5.2.2": "Mailbox is full",
  "5.2.3": "Email is too large",
  "5.3.4": "Email is too large",
  "5.4.4": "Domain cannot be reached",
  "5.7.1": "Refused by the recipient’s server",
  "5.7.26": "Refused: the sender is not authenticated",
};
const KINDS = {
  NoEmail: "Address does not exist",
  Suppressed: "Not tried: the address bounced before",
  OnAccountSuppressionList: "Not tried: the address is on the account’s suppression list",
  MailboxFull: "Mailbox is full",
  MessageTooLarge: "Email is too large",
  ContentRejected: "The content was refused",
  AttachmentRejected: "An attachment was refused",
  abuse: "Reported as spam",
  "auth-failure": "Reported: the sender could not be authenticated",
  fraud: "Reported as fraud",
  "not-spam": "Reported as not spam",
  virus: "Reported: a virus was found",
  other: "Reported for another reason",
};
const TYPES = {
  Permanent: "Hard bounce",
  Transient: "Soft bounce",
  Undetermined: "Bounced for an unknown reason",
};

// "Permanent General 5.1.1" becomes "Address does not exist (5.1.1)"; what is not known stays as it is.
export function reasonInWords(reason) {
  const words = reason.split(" ");
  const code = words.find((word) => /^[245]\.\d+\.\d+$/.test(word));
  const kind = words.find((word) => word in KINDS);
  const known = CODES[code?.replace(/^4/, "5")] ?? KINDS[kind] ?? TYPES[words[0]];
  if (!known) return reason;
  return code ? `${t(known)} (${code})` : t(known);
}
