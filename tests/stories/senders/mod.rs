//! What senders post, through the front door: from their bodies to what people see.

mod acknowledged;
