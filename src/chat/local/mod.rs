//! The built-in chat.
