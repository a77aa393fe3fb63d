//! The real binary, the programs that send to it, and how a test waits for what they bring about.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The token of sources that want one: `env:SENDER_KEY`, as long as PagerDuty's keys are.
pub const KEY: &str = "0123456789abcdef0123456789abcdef";

const CONFIG: &str = "[alerts.route]\nfeed = \"alerts\"\ngroup_wait = \"0s\"\ngroup_interval = \"1s\"\n";

/// A process that ends with the test.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `make test-senders` puts Debian's packages, without installing them.
pub fn packages() -> PathBuf {
    root().join("target/senders/root")
}

/// The first of these programs: a name is looked for among what is installed, a path among the unpacked packages.
/// None, with a printed line, where there is none of them; a failure with `HOTROOM_SENDERS=required`.
pub fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(packages());
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = found.into_iter().find(|file| file.is_file());
    found.or_else(|| required(&format!("{names:?}")))
}

/// None, with a printed line, of something that is not here; a failure with `HOTROOM_SENDERS=required`.
pub fn required<T>(what: &str) -> Option<T> {
    let required = std::env::var("HOTROOM_SENDERS").is_ok_and(|value| value == "required");
    assert!(!required, "{what} is required: scripts/setup-tests senders");
    println!("skipped: {what} is not here (make test-senders)");
    None
}

pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port")
}

/// Now, in seconds since 1970.
pub fn seconds() -> i64 {
    let age = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("it is later than 1970");
    i64::try_from(age.as_secs()).expect("in range")
}

/// hotroom in a folder of its own, and whoever sends to it.
pub struct House {
    folder: TempDir,
    /// Where it listens.
    pub address: SocketAddr,
    running: Vec<Running>,
}

impl House {
    /// The real binary on built-in defaults, with short intervals.
    pub fn new() -> Self {
        Self::configured("")
    }

    /// The same, with more in its `bot.toml`.
    pub fn configured(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("bot.toml"), format!("{CONFIG}{more}")).expect("written");
        let mut house = Self { folder, address: free_address(), running: Vec::new() };
        let mut bot = Command::new(env!("CARGO_BIN_EXE_hotroom"));
        bot.args(["--config", "bot.toml"]);
        bot.env("HOTROOM_SERVER__LISTEN", house.address.to_string())
            .env("HOTROOM_STORE__PATH", "bot.db")
            .env("SENDER_KEY", KEY);
        house.start("bot", &mut bot);
        house
    }

    /// The folder that everything runs in.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a process that ends with the test, in the folder of the test.
    pub fn start(&mut self, name: &str, command: &mut Command) {
        let folder = self.dir().to_owned();
        self.start_in(&folder, name, command);
    }

    /// Starts a process that ends with the test, in a folder of its own.
    pub fn start_in(&mut self, folder: impl AsRef<Path>, name: &str, command: &mut Command) {
        let log = |end: &str| Stdio::from(File::create(self.dir().join(format!("{name}.{end}"))).expect("a log file"));
        let child = command.current_dir(folder).stdin(Stdio::null()).stdout(log("out")).stderr(log("err")).spawn();
        self.running.push(Running(child.unwrap_or_else(|error| panic!("{name}: {error}"))));
    }

    /// Writes a file and says where it is.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.dir().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(&file, text).expect("written");
        file
    }

    /// Waits until it takes requests.
    pub async fn ready(&self) {
        self.eventually("hotroom listens", || std::net::TcpStream::connect(self.address).is_ok()).await;
    }

    /// Waits until a count in its database is as wanted.
    pub async fn until(&self, sql: &str, wanted: i64) {
        let file = self.dir().join("bot.db");
        self.eventually(&format!("{sql} is {wanted}"), || count(&file, sql) == wanted).await;
    }

    /// Waits until something holds; fails with the logs.
    pub async fn eventually(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        let so = async {
            while !holds() {
                tick.tick().await;
            }
        };
        if tokio::time::timeout(PATIENCE, so).await.is_err() {
            panic!("not so in time: {what}\n{}", self.logs());
        }
    }

    fn logs(&self) -> String {
        let files = std::fs::read_dir(self.dir()).expect("a folder").flatten().map(|entry| entry.path());
        let logs =
            files.filter(|file| file.extension().is_some_and(|end| end == "out" || end == "err" || end == "log"));
        let tail = |text: String| {
            text.lines().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
        };
        let shown = logs.map(|file| {
            format!("--- {}\n{}", file.display(), tail(std::fs::read_to_string(&file).unwrap_or_default()))
        });
        shown.collect::<Vec<_>>().join("\n")
    }
}

fn count(file: &Path, sql: &str) -> i64 {
    let open = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY);
    open.and_then(|file| file.query_row(sql, [], |row| row.get(0))).unwrap_or(-1)
}

/// The n-th fenced block of a page of `docs/senders`, so that what people paste is what is tested.
pub fn block(page: &str, number: usize) -> String {
    let text = std::fs::read_to_string(root().join("docs/senders").join(page)).expect("a page");
    let block = text.split("```").skip(1).step_by(2).nth(number).unwrap_or_else(|| panic!("{page} has block {number}"));
    block.split_once('\n').expect("lines").1.to_owned()
}

/// A page's block with hotroom's address and the script where they are in the test.
pub fn pasted(page: &str, number: usize, house: &House) -> String {
    let script = root().join("docs/senders/hotroom-notify").display().to_string();
    let text = block(page, number).replace("127.0.0.1:8080", &house.address.to_string());
    text.replace("/usr/local/bin/hotroom-notify", &script)
        .replace("ConfigDir + \"/scripts/hotroom-notify\"", &format!("\"{script}\""))
}

/// What runs its course without sending: its output when it went well.
pub fn run(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| error.to_string())?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if done.status.success() { Ok(said(&done.stdout)) } else { Err(said(&done.stdout) + &said(&done.stderr)) }
}
