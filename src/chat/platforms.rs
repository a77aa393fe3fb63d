//! The chat platforms that mirror the built-in chat.

use std::sync::Arc;

use super::Chat;
use crate::domain::ids::Platform;

/// A platform that mirrors the built-in chat.
#[derive(Clone)]
pub struct MirrorPlatform {
    /// Its name.
    pub id: Platform,
    /// Its outbound port.
    pub outbound: Arc<dyn Chat>,
}

/// All platforms that mirror the built-in chat.
#[derive(Clone, Default)]
pub struct Platforms(Vec<MirrorPlatform>);

impl Platforms {
    /// Creates a list of platforms.
    pub fn new(platforms: impl IntoIterator<Item = MirrorPlatform>) -> Self {
        Self(platforms.into_iter().collect())
    }

    /// Returns the outbound port of a platform; `None` if it is not enabled.
    pub fn outbound(&self, id: &Platform) -> Option<Arc<dyn Chat>> {
        self.0.iter().find(|platform| platform.id == *id).map(|platform| Arc::clone(&platform.outbound))
    }
}

/// Where platforms keep the files that people attach to messages.
const FILE_HOSTS: [&str; 2] = ["https://cdn.discordapp.com/attachments/", "https://media.discordapp.net/attachments/"];

/// The name of the attached file that a line is the address of. Platforms add such lines to a message; the addresses expire.
pub fn attached_file(line: &str) -> Option<&str> {
    let line = line.trim();
    FILE_HOSTS.iter().find(|host| line.starts_with(*host))?;
    let address = line.split(['?', '#', ' ']).next()?;
    address.rsplit('/').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::attached_file;

    #[test]
    fn a_line_that_is_the_address_of_a_file_names_it() {
        let file = "https://cdn.discordapp.com/attachments/1/2/graph.png?ex=65f&is=65e&hm=ab&";
        assert_eq!(attached_file(file), Some("graph.png"));
        assert_eq!(attached_file("https://media.discordapp.net/attachments/1/2/a.log"), Some("a.log"));
        for other in ["see https://cdn.discordapp.com/attachments/1/2/a.log", "https://evil.example/a.log", ""] {
            assert_eq!(attached_file(other), None, "{other}");
        }
    }
}
