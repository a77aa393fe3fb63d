//! Finds sentences that name a person beside words of fault. A post-mortem speaks of roles there.

/// Returns the sentences of a text that have one of `names` and one of `faults`, both ignoring case.
pub fn blaming_sentences(text: &str, names: &[String], faults: &[String]) -> Vec<String> {
    let sentences = text.split(['.', '!', '?', '\n', ';']).map(str::trim).filter(|sentence| !sentence.is_empty());
    let blames = |sentence: &&str| {
        let words = words(sentence);
        let has = |list: &[String]| list.iter().any(|one| words.contains(&self::words(one)));
        has(names) && has(faults)
    };
    sentences.filter(blames).map(str::to_owned).collect()
}

/// The words of a text, each between single spaces: so a phrase is found only where whole words begin and end.
fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |line, word| line + word + " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        blaming_sentences(text, &list(&["Bob", "Ann Lee"]), &list(&["forgot", "should have", "mistake"]))
    }

    #[test]
    fn a_name_beside_a_word_of_fault_is_marked() {
        assert_eq!(found("All was well. Bob forgot the check! Then it broke."), ["Bob forgot the check"]);
        assert_eq!(found("- **ann lee** should have paged"), ["- **ann lee** should have paged"]);
    }

    #[test]
    fn a_name_or_a_fault_alone_is_not() {
        assert_eq!(found("Bob rolled back. The pipeline forgot the check."), Vec::<String>::new());
        assert_eq!(found("Bobby made it. It was a mistake of the tool"), Vec::<String>::new());
        assert_eq!(found("Bob unforgotten"), Vec::<String>::new());
    }
}
