//! What each command answers.
