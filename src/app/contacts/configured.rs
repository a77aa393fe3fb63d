//! Methods that `bot.toml` declares: the stored ones are made equal to them at each start and reload.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::{
    app::Context,
    domain::{
        contact::{ContactMethod, MethodKind},
        ids::{ContactMethodId, PersonId},
    },
    store::{StoreError, Tx},
};

/// Stores the methods of `[[people]]` as managed ones, and removes managed ones that are not declared any more. A method that
/// a person added with the same address gives way to it.
pub fn synchronize(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    let stored = tx.contact_methods()?;
    let mut declared = BTreeSet::new();
    for person in &cx.config.people {
        for (place, contact) in (0..).zip(&person.contacts) {
            let id = id_of(&person.id, contact.kind, &contact.address);
            declared.insert(id);
            let known = stored.get(&person.id).map_or(&[][..], Vec::as_slice);
            let before = known.iter().find(|method| method.id == id);
            for own in
                known.iter().filter(|own| !own.managed && own.kind == contact.kind && own.address == contact.address)
            {
                tx.remove_contact_method(own.id)?;
            }
            let fresh = || ContactMethod {
                id,
                person: person.id.clone(),
                kind: contact.kind,
                address: contact.address.clone(),
                label: String::new(),
                secret: None,
                gateway: cx.config.contact.only_gateway(contact.kind),
                managed: true,
                position: place,
                added_at: cx.now,
                // The operator answers for it.
                verified_at: Some(cx.now),
                disabled: None,
                verification: None,
                proven_at: None,
                last_failure: None,
                test_failed_at: None,
            };
            if before.is_none() {
                tx.save_contact_method(&fresh())?;
            }
        }
    }
    for method in stored.values().flatten().filter(|method| method.managed && !declared.contains(&method.id)) {
        tx.remove_contact_method(method.id)?;
    }
    Ok(())
}

/// The id of a declared method: the same at each start.
fn id_of(person: &PersonId, kind: MethodKind, address: &str) -> ContactMethodId {
    let hash = Sha256::digest(format!("{person}\0{}\0{address}", kind.name()));
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    ContactMethodId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
