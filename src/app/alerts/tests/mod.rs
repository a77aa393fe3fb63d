//! Stories of alerts in the store.
