//! Browsers that are subscribed to push messages: each is a contact method of the person who signed in there.

use secrecy::ExposeSecret;

use super::{NewContact, add, note_change, remove};
use crate::{
    app::{App, Context},
    contact::web_push::{SubscriptionForm, VapidKey},
    domain::{
        contact::{ContactMethod, MethodDisabled, MethodKind, address},
        effect::MethodChange,
        ids::{PageId, PersonId},
        people::Actor,
        refusal::{ContactRefusal, Refusal},
    },
    store::{Reads, StoreError, Tx},
};

/// The name of the key that push services know this hotroom by, among its own keys.
const VAPID: &str = "vapid";

/// A browser that subscribes.
#[derive(Clone, Debug)]
pub struct NewBrowser {
    /// Its subscription.
    pub form: SubscriptionForm,
    /// How the person recognizes it, such as `Firefox on Linux`.
    pub label: String,
    /// The id of the subscription that it had before.
    pub replaces: Option<String>,
}

/// The key that push services know this hotroom by; `None` if no browser has asked for it yet.
pub fn vapid_key(reads: &Reads<'_>) -> Result<Option<VapidKey>, StoreError> {
    Ok(reads.own_key(VAPID)?.as_deref().and_then(VapidKey::decode))
}

/// The same; makes it the first time. It is made once, because browsers bind their subscriptions to it.
pub fn make_vapid_key(tx: &mut Tx<'_>) -> Result<VapidKey, StoreError> {
    if let Some(key) = vapid_key(tx)? {
        return Ok(key);
    }
    let fresh = VapidKey::generate().map_err(|error| StoreError::Sqlite(format!("no random bytes: {error}")))?;
    let stored = tx.add_own_key(VAPID, fresh.encode().expose_secret())?;
    Ok(VapidKey::decode(&stored).unwrap_or(fresh))
}

/// The id of the subscription of a browser; `None` for a method of another kind.
pub fn subscription_id(method: &ContactMethod) -> Option<String> {
    if method.kind != MethodKind::WebPush {
        return None;
    }
    serde_json::from_str::<SubscriptionForm>(&method.address).ok().map(|form| form.id())
}

/// Finds the browser of a person with this subscription.
fn browser(reads: &Reads<'_>, person: &PersonId, id: &str) -> Result<Option<ContactMethod>, StoreError> {
    let methods = reads.contact_methods_of(person)?;
    Ok(methods.into_iter().find(|method| subscription_id(method).as_deref() == Some(id)))
}

/// Adds a browser, or gives the new subscription to the one that it replaces, with its place in the person's rules. If the
/// browser was another person's before, it is not theirs any more: it shows one person's pages.
pub fn subscribe(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    wanted: NewBrowser,
) -> Result<Result<ContactMethod, Refusal>, StoreError> {
    let NewBrowser { form, label, replaces } = wanted;
    make_vapid_key(tx)?;
    let written = serde_json::to_string(&form).unwrap_or_default();
    let address = match address(MethodKind::WebPush, &written) {
        Ok(address) => address,
        Err(fault) => return Ok(Err(ContactRefusal::BadAddress { kind: MethodKind::WebPush, fault }.into())),
    };
    let others = tx.contact_methods_at(&address)?;
    let known = match browser(tx, person, &form.id())? {
        Some(same) => Some(same),
        None => replaces.map(|id| browser(tx, person, &id)).transpose()?.flatten(),
    };
    let added = match known {
        Some(known) => Ok(renew(tx, cx, known, address)?),
        None => add(tx, cx, person, NewContact { kind: MethodKind::WebPush, address, label, gateway: None })?,
    };
    for other in others.iter().filter(|other| added.is_ok() && other.person != *person) {
        // One that bot.toml declares stays: a refusal changes nothing.
        _ = remove(tx, cx, &other.person, other.id, true)?;
    }
    Ok(added)
}

/// Gives a browser the subscription that it has now.
fn renew(tx: &mut Tx<'_>, cx: Context<'_>, known: ContactMethod, address: String) -> Result<ContactMethod, StoreError> {
    let (gone, moved) = (known.disabled == Some(MethodDisabled::Gone), known.address != address);
    if !gone && !moved {
        return Ok(known);
    }
    let disabled = if gone { None } else { known.disabled };
    let method = ContactMethod { address, disabled, last_failure: None, test_failed_at: None, ..known };
    tx.save_contact_method(&method)?;
    note_change(tx, cx, &method, if gone { MethodChange::Enabled } else { MethodChange::Added })?;
    Ok(method)
}

impl App {
    /// Adds a browser to a person's contact methods, or renews its subscription.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn subscribe_browser(
        &self,
        person: &PersonId,
        wanted: NewBrowser,
        request: &str,
    ) -> Result<Result<ContactMethod, Refusal>, StoreError> {
        self.change_browser(person, request, move |tx, cx, person| subscribe(tx, cx, person, wanted.clone())).await
    }

    /// Removes the browser with this subscription. If rules use it, the person has to be `sure`.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn unsubscribe_browser(
        &self,
        person: &PersonId,
        id: String,
        sure: bool,
        request: &str,
    ) -> Result<Result<ContactMethod, Refusal>, StoreError> {
        let remove = move |tx: &mut Tx<'_>, cx: Context<'_>, person: &PersonId| match browser(tx, person, &id)? {
            Some(method) => remove(tx, cx, person, method.id, sure),
            None => Ok(Err(ContactRefusal::UnknownContact { id: id.clone() }.into())),
        };
        self.change_browser(person, request, remove).await
    }

    /// Sends a test to the browser with this subscription.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn test_browser(
        &self,
        person: &PersonId,
        id: String,
        request: &str,
    ) -> Result<Result<PageId, Refusal>, StoreError> {
        let test = move |tx: &mut Tx<'_>, cx: Context<'_>, person: &PersonId| match browser(tx, person, &id)? {
            Some(method) => super::testing::send_test(tx, cx, person, method.id),
            None => Ok(Err(ContactRefusal::UnknownContact { id: id.clone() }.into())),
        };
        self.change_browser(person, request, test).await
    }

    async fn change_browser<T, F>(
        &self,
        person: &PersonId,
        request: &str,
        change: F,
    ) -> Result<Result<T, Refusal>, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, Context<'_>, &PersonId) -> Result<Result<T, Refusal>, StoreError> + Send + 'static,
    {
        let (config, now) = (self.config.current(), self.clock.now());
        let (person, request) = (person.clone(), request.to_owned());
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Person(person.clone());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            change(tx, cx, &person)
        };
        self.store.transact(write).await
    }
}
