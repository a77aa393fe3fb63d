//! Addresses of people, and the one with a token.

use super::*;

#[test]
fn an_address_is_one_that_every_mail_server_takes() {
    for good in ["ann@example.com", " ann.o'neil+pager@mail.example.co.uk ", "a_b-c@xn--mller-kva.example"] {
        assert!(parse_address(good).is_ok(), "{good}");
    }
    let long = format!("ann@{}.example", "a.".repeat(130));
    for bad in [
        "",
        "ann",
        "ann@",
        "@example.com",
        "ann@@example.com",
        "ann@exa mple.com",
        "ann@example.com\r\nRCPT TO:<eve@example.com>",
        "<ann@example.com>",
        "Ann <ann@example.com>",
        "\"ann b\"@example.com",
        "ann@[127.0.0.1]",
        "ann@127.0.0.1",
        "änn@example.com",
        "ann@exämple.com",
        "a@example.com,b@example.com",
        long.as_str(),
    ] {
        assert!(parse_address(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn addresses_in_a_text_are_masked() {
    for (text, shown) in [
        ("<ann@example.org>: Recipient address rejected", "<a…@example.org>: Recipient address rejected"),
        ("ann.o'neil+x@mail.example, bob@example.net.", "a…@mail.example, b…@example.net."),
        ("at 10:00 @ noon; user@ and @host", "at 10:00 @ noon; user@ and @host"),
        ("", ""),
        ("größer@exämple.de ☃", "g…@exämple.de ☃"),
    ] {
        assert_eq!(mask(text), shown);
    }
}

#[test]
fn a_token_goes_into_the_address_and_comes_back() {
    let address = BounceAddress::parse("Bounces@Example.com").expect("an address");
    let token = "0123456789abcdefghij";
    let sender = address.with_token(token).expect("a sender").to_string();
    assert_eq!(sender, "bounces+0123456789abcdefghij@example.com");
    for seen in
        [sender.as_str(), "<bounces+0123456789abcdefghij@example.com>", "BOUNCES+0123456789ABCDEFGHIJ@EXAMPLE.COM"]
    {
        assert_eq!(address.token(seen).as_deref(), Some(token), "{seen}");
    }
    for other in [
        "bounces@example.com",
        "bounces+@example.com",
        "bounces+short@example.com",
        "bounces+0123456789abcdef.ghij@example.com",
        "bounces+0123456789abcdefghij@example.org",
        "other+0123456789abcdefghij@example.com",
        "0123456789abcdefghij",
    ] {
        assert_eq!(address.token(other), None, "{other}");
    }
    for bad in ["", "short", "UPPERCASE0123456789", "has\r\nlines012345678", &"a".repeat(33)] {
        assert_eq!(address.with_token(bad), None, "{bad:?}");
    }
    assert!(BounceAddress::parse(&format!("{}@example.com", "a".repeat(32))).is_err(), "no room for a token");
}
