//! Names of topics. Whoever knows the name of a topic without access control reads what is published there.

/// The longest name of a topic.
const LONGEST: usize = 64;
/// What a proposed name begins with.
const PREFIX: &str = "hotroom-";
/// Characters that are not mistaken for each other when a name is typed into a phone (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The characters that 128 bits take.
const RANDOM: usize = 26;

/// The name of a topic.
#[derive(Clone, PartialEq, Eq)]
pub struct NtfyTopic(String);

impl NtfyTopic {
    /// Parses a name.
    ///
    /// # Errors
    /// Says which names there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(fine) {
            return Err(format!("a topic has 1 to {LONGEST} letters, digits, - and _"));
        }
        Ok(Self(name.to_owned()))
    }

    /// Proposes a name that cannot be guessed: it has 128 random bits.
    ///
    /// # Errors
    /// Says that the system has no random bytes.
    pub fn propose() -> Result<Self, String> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| format!("no random bytes: {error}"))?;
        Ok(Self::from_random(random))
    }

    /// The name that these bits make.
    pub(super) fn from_random(random: [u8; 16]) -> Self {
        let mut bits = u128::from_be_bytes(random);
        let mut name = PREFIX.to_owned();
        for _ in 0..RANDOM {
            name.push(char::from(ALPHABET[usize::try_from(bits & 31).unwrap_or_default()]));
            bits >>= 5;
        }
        Self(name)
    }

    /// True for a name of the form that [`NtfyTopic::propose`] makes.
    pub fn is_hard_to_guess(&self) -> bool {
        let random = self.0.strip_prefix(PREFIX).map(str::as_bytes).unwrap_or_default();
        let distinct = random.iter().enumerate().filter(|(at, byte)| !random[..*at].contains(byte)).count();
        // A name that a person typed in this form repeats few characters; 26 random ones practically never do.
        random.len() == RANDOM && random.iter().all(|byte| ALPHABET.contains(byte)) && distinct > RANDOM / 4
    }

    /// The name as it stands in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The beginning of the name, for people whom the topic does not belong to.
    pub fn masked(&self) -> String {
        let shown = self.0.strip_prefix(PREFIX).map_or(2, |_| PREFIX.len() + 2);
        format!("{}…", self.0.chars().take(shown.min(self.0.len() / 2)).collect::<String>())
    }
}

impl std::fmt::Debug for NtfyTopic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}
