//! What the person sees of an answer to an interaction.

use serde_json::Value;

use super::state::{Id, State};

/// An answer as it stands.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub interaction: Id,
    pub user: Id,
    pub channel: Id,
    /// The type of the first answer, as in [`super::interactions::callback`].
    pub kind: u64,
    /// The message of the answer, or the one that it updates; none for modals and choices.
    pub message: Option<Id>,
    pub ephemeral: bool,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    /// The form it opened.
    pub modal: Option<Value>,
    /// Name and value of what autocomplete offers.
    pub choices: Vec<(String, Value)>,
    /// Texts of further messages.
    pub follow_ups: Vec<String>,
}

impl Answer {
    /// The answer of an interaction, whether or not it has come.
    pub fn of(state: &State, interaction: Id) -> Option<Self> {
        let it = state.interactions.get(&interaction)?;
        let message = it.original.and_then(|id| state.messages.get(&id));
        let choice = |choice: &Value| (choice["name"].as_str().unwrap_or("").to_owned(), choice["value"].clone());
        let list = |name| message.map_or_else(Vec::new, |message| message.list(name).to_vec());
        let follow_ups = it.follow_ups.iter().filter_map(|id| state.messages.get(id));
        Some(Self {
            interaction,
            user: it.user,
            channel: it.channel,
            kind: it.answered.unwrap_or(0),
            message: message.map(|message| message.id),
            ephemeral: it.ephemeral,
            content: message.map_or_else(String::new, |message| message.content().to_owned()),
            embeds: list("embeds"),
            components: list("components"),
            modal: it.modal.clone(),
            choices: it.choices.iter().map(choice).collect(),
            follow_ups: follow_ups.map(text).collect(),
        })
    }

    /// All there is to read: content, then embeds.
    pub fn text(&self) -> String {
        let mut lines = vec![self.content.clone()];
        lines.extend(self.embeds.iter().map(embed_text));
        lines.join("\n").trim().to_owned()
    }
}

/// All there is to read in a message.
pub fn text(message: &super::state::Message) -> String {
    let mut lines = vec![message.content().to_owned()];
    lines.extend(message.list("embeds").iter().map(embed_text));
    lines.join("\n").trim().to_owned()
}

fn embed_text(embed: &Value) -> String {
    let part = |value: &Value| value.as_str().map(str::to_owned);
    let fields = embed["fields"].as_array().into_iter().flatten();
    let fields = fields
        .map(|field| format!("{}: {}", field["name"].as_str().unwrap_or(""), field["value"].as_str().unwrap_or("")));
    let head = [&embed["author"]["name"], &embed["title"], &embed["description"]].into_iter().filter_map(part);
    head.chain(fields).chain(part(&embed["footer"]["text"])).collect::<Vec<_>>().join("\n")
}
