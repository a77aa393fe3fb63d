//! GitHub Issues.

mod settings;

pub use settings::{GitHubApp, GitHubBoard, GitHubCredentials, GitHubProject, GitHubSettings, check_repository};
