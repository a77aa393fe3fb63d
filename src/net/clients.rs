//! The client for the settings in force: bot.toml may be read again while hotroom runs.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::Resolve;

use super::{HttpClient, HttpFailure, NetSettings, guard::SystemNames};

/// Makes a client when the settings change, and hands out the same one until then.
pub struct HttpClients {
    names: Arc<dyn Resolve>,
    current: Mutex<Option<(NetSettings, Arc<HttpClient>)>>,
}

impl Default for HttpClients {
    fn default() -> Self {
        Self::with_names(Arc::new(SystemNames))
    }
}

impl HttpClients {
    /// Clients that resolve names in this way.
    pub fn with_names(names: Arc<dyn Resolve>) -> Self {
        Self { names, current: Mutex::default() }
    }

    /// The client for these settings.
    ///
    /// # Errors
    /// [`HttpFailure::Unsent`] when the proxy cannot be used.
    pub fn client(&self, settings: &NetSettings) -> Result<Arc<HttpClient>, HttpFailure> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_for, client)) = current.as_ref()
            && made_for == settings
        {
            return Ok(Arc::clone(client));
        }
        let client = HttpClient::with_names(settings, Arc::clone(&self.names)).map_err(HttpFailure::Unsent)?;
        let client = Arc::new(client);
        *current = Some((settings.clone(), Arc::clone(&client)));
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_client_is_kept_until_the_settings_change() {
        let clients = HttpClients::default();
        let direct = NetSettings::direct(Duration::from_secs(1));
        let client = |settings: &NetSettings| clients.client(settings).expect("a client");
        let first = client(&direct);
        assert!(Arc::ptr_eq(&first, &client(&direct.clone())));
        let proxied = NetSettings { proxy: Some("http://127.0.0.1:3128".to_owned()), ..direct };
        let second = client(&proxied);
        assert!(!Arc::ptr_eq(&first, &second));
        let credentials = |text: &str| NetSettings { proxy_credentials: Some(text.into()), ..proxied.clone() };
        let third = client(&credentials("ann:one"));
        assert!(!Arc::ptr_eq(&second, &third));
        assert!(Arc::ptr_eq(&third, &client(&credentials("ann:one"))));
        assert!(!Arc::ptr_eq(&third, &client(&credentials("ann:two"))));
    }
}
