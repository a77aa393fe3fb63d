//! Web push: notifications of the console in browsers. A message is encrypted from here to the browser (RFC 8291) and given to
//! the push service of the browser's vendor (RFC 8030), which knows the sender by its VAPID key (RFC 8292).

mod message;
mod payload;
mod subscription;
#[cfg(test)]
mod tests;
mod vapid;

pub use message::{LARGEST_PAYLOAD, PushMessage, PushTopic, PushUrgency, send};
pub use payload::{PushAction, PushPayload};
pub use subscription::{Subscription, SubscriptionFault, SubscriptionForm, SubscriptionKeys};
pub use vapid::{VapidIdentity, VapidKey};

/// `[web_push]`. It has no `private`: only the browser can read a message. What the lock screen shows of a private incident is
/// key, severity and link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebPushSettings {
    /// Whom push services may contact about messages of this hotroom: a `mailto:` or `https:` address.
    pub subject: String,
}
