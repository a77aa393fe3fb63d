//! Mail: messages over SMTP, and what comes back as a bounce.
//!
//! A message is made and sent in one attempt, over one connection, within one deadline; nothing falls back to an
//! unencrypted connection. [`send`] says what became of it, by how far the dialogue came:
//!
//! | what happens | outcome |
//! |---|---|
//! | the server takes the message | delivered |
//! | a reply of 4xx at any step, such as 450 of a greylist | retry |
//! | a reply of 5xx at any step, such as 552 of a full mailbox | rejected |
//! | no connection, no TLS, a wrong certificate, the connection breaks before the final dot of DATA | retry: nothing was sent |
//! | the connection breaks after it, or the reply to it cannot be read | unknown |
//!
//! [`bounce()`] reads reports of messages that came back later; [`read_bounces`] fetches them from a mailbox, and
//! [`read_incoming`] what people report by mail.

mod address;
mod bounce;
mod dialogue;
mod imap;
mod incoming;
mod message;
mod settings;
mod smtp;
#[cfg(test)]
mod tests;

pub use address::{BounceAddress, mask, parse_address};
pub use bounce::{Bounce, bounce};
pub use imap::{Mailbox, MailboxCount, examine_mailbox, read_bounces, read_incoming};
pub use incoming::{IncomingReport, incoming_report};
pub use message::{MailAttachment, OutgoingMail};
pub use settings::{BounceSettings, MailEncryption, MailLogin, MailServer, MailSettings, ReportMailbox};
pub use smtp::{examine_server, send};
