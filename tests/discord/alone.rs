//! What was set to stay elsewhere never reaches Discord.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::net::{TcpListener, TcpStream};

use crate::{bot::fake, discord::TOKEN, process};

/// Counts who comes to it; it answers nobody.
async fn trap() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, came) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&came);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (format!("http://{address}"), came)
}

/// Remote ends of the sockets of this machine that are not on loopback, and belong to this process: from Linux itself.
fn remote_ends(process: u32) -> Vec<String> {
    let fds = std::fs::read_dir(format!("/proc/{process}/fd")).expect("the process lives");
    let links = fds.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok());
    let sockets: Vec<String> = links
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let mut ends = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = std::fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default();
        for columns in text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>()) {
            let local = columns[2].starts_with("0100007F") || columns[2].trim_start_matches('0').starts_with(':');
            if sockets.iter().any(|inode| columns[9] == inode) && !local {
                ends.push(format!("{table} {}", columns[2]));
            }
        }
    }
    ends
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_base_url_nothing_goes_to_discord_itself() {
    let (fake, dir) = (fake().await, tempfile::tempdir().unwrap());
    let (proxy, came) = trap().await;
    TcpStream::connect(proxy.trim_start_matches("http://")).await.expect("the trap counts");
    let ann = fake.member("ann").to_string();
    let mut env = vec![
        ("HOTROOM_DISCORD_TOKEN", TOKEN),
        ("HOTROOM_CHAT__DISCORD__BASE_URL", fake.base_url()),
        ("HOTROOM_CHAT__DISCORD__ROOM_NAMES", "key"),
        ("HOTROOM_PEOPLE__ANN__DISCORD", ann.as_str()),
    ];
    env.extend(["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].map(|name| (name, proxy.as_str())));
    env.extend(["https_proxy", "http_proxy", "all_proxy"].map(|name| (name, proxy.as_str())));
    let mut bot = process::Bot::start_with(dir.path(), None, &env).await;
    fake.registered("incident").await;
    let general = fake.channel("general").await;
    let asked = [("title", "Slow"), ("severity", "sev3")];
    fake.slash(fake.member("ann"), general, "incident declare", &asked).await;
    fake.channel("hot-1").await;
    fake.cuts();
    fake.resumed(1).await;
    fake.closes(4009);
    fake.identified(2).await;
    let looks = (0..20).map(|_| remote_ends(bot.id()));
    let seen: Vec<String> = looks.flatten().collect();
    bot.until_quiet().await;
    assert_eq!(seen, Vec::<String>::new(), "connections that leave this machine");
    assert_eq!(came.load(Ordering::SeqCst), 1, "only the test itself came to the proxy");
    bot.signal("TERM");
    tokio::time::timeout(Duration::from_secs(60), bot.until_dead()).await.expect("it ends");
    assert!(
        fake.calls("GET /gateway") >= 1 && fake.calls("POST /guilds/:id/channels") >= 1,
        "it was the fake all along"
    );
}
