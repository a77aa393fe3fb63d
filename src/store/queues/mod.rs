//! The inbox of deliveries and the outbox of effects.

pub(super) mod inbox;
pub(super) mod inbox_backlog;
pub(super) mod outbox;
pub(super) mod outbox_leases;
pub(super) mod outbox_views;
pub(super) mod sending;
pub(super) mod shifting;
pub(super) mod webhook_states;
