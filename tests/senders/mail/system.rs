//! Debian's postfix, dovecot and postgrey, with settings of a test, in a folder of their own.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::rig::{PATIENCE, free_address, program, required, root};

/// The user that mailboxes belong to.
const NOBODY: u32 = 65_534;

/// A server that is asked to end with the test, so that it ends what it has started.
struct Daemon {
    child: Child,
    /// The command that stops it; without one it gets a signal.
    stop: Option<Command>,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let mut signal = Command::new("kill");
        signal.arg(self.child.id().to_string());
        self.stop.as_mut().unwrap_or(&mut signal).stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
        self.child.wait().ok();
    }
}

/// The ports of the mail system, all on `localhost`.
pub struct MailPorts {
    pub starttls: u16,
    pub tls: u16,
    /// Behind postgrey, which refuses for two seconds.
    pub greylist: u16,
    pub imaps: u16,
    auth: u16,
    postgrey: u16,
}

/// The mail system. It takes mail for `ann@hotroom.test` and `bounces@hotroom.test`, and relays mail for `elsewhere.test`.
pub struct MailSystem {
    // They end before their folder is removed.
    _daemons: Vec<Daemon>,
    folder: TempDir,
    pub ports: MailPorts,
}

impl MailSystem {
    /// Starts it; `elsewhere` is the port of the server for `elsewhere.test`. `None` where it is not installed.
    pub async fn start(elsewhere: u16) -> Option<Self> {
        let (postfix, dovecot) = (program(&["postfix"])?, program(&["dovecot"])?);
        let postgrey = program(&["postgrey"])?;
        let folder = tempfile::tempdir().expect("a folder");
        // Postfix changes its user, which only root may.
        if chown(folder.path(), Some(0), Some(0)).is_err() {
            return required("root, which postfix must be started by,");
        }
        let port = || free_address().port();
        let ports = MailPorts {
            starttls: port(),
            tls: port(),
            greylist: port(),
            imaps: port(),
            auth: port(),
            postgrey: port(),
        };
        let system = Self { _daemons: Vec::new(), folder, ports };
        system.lay_out(elsewhere);
        let dir = system.dir().display();
        let mut stop = Command::new(&postfix);
        stop.args(["-c", &format!("{dir}/postfix"), "stop"]);
        let mut commands = [Command::new(postfix), Command::new(dovecot), Command::new(postgrey)];
        commands[0].args(["-c", &format!("{dir}/postfix"), "start-fg"]);
        commands[1].args(["-F", "-c", &format!("{dir}/dovecot.conf")]);
        commands[2].args([format!("--inet=127.0.0.1:{}", system.ports.postgrey), format!("--dbdir={dir}/postgrey")]);
        commands[2].args(["--delay=2", "--user=root", "--group=root"]);
        let mut daemons: Vec<Daemon> = commands.into_iter().map(|command| system.spawn(command)).collect();
        daemons[0].stop = Some(stop);
        let system = Self { _daemons: daemons, ..system };
        let MailPorts { starttls, tls, greylist, imaps, postgrey, auth } = system.ports;
        for port in [starttls, tls, greylist, imaps, postgrey, auth] {
            system
                .eventually("the mail system listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
                .await;
        }
        Some(system)
    }

    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    fn lay_out(&self, elsewhere: u16) {
        let open = |path: &Path| {
            fs::create_dir_all(path).expect("made");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
        };
        for folder in ["", "postfix", "queue", "data", "mail", "postgrey", "dovecot", "dovecot-state"] {
            open(&self.dir().join(folder));
        }
        chown(self.dir().join("mail"), Some(NOBODY), Some(NOBODY)).expect("root");
        let postfix_user = run_for_number(&["id", "-u", "postfix"]);
        chown(self.dir().join("data"), Some(postfix_user), None).expect("root");
        let MailPorts { starttls, tls, greylist, imaps, auth, postgrey } = self.ports;
        let numbers = [
            ("{starttls}", starttls),
            ("{tls}", tls),
            ("{greylist}", greylist),
            ("{imaps}", imaps),
            ("{auth}", auth),
            ("{postgrey}", postgrey),
            ("{elsewhere}", elsewhere),
        ];
        let certificates = root().join("tests/fakes/certificates").display().to_string();
        for (from, to) in
            [("main.cf", "postfix/main.cf"), ("master.cf", "postfix/master.cf"), ("dovecot.conf", "dovecot.conf")]
        {
            let text = fs::read_to_string(root().join("tests/senders/mail").join(from)).expect(from);
            let text =
                text.replace("{dir}", &self.dir().display().to_string()).replace("{certificates}", &certificates);
            let text = numbers.iter().fold(text, |text, (mark, port)| text.replace(mark, &port.to_string()));
            fs::write(self.dir().join(to), text).expect("written");
        }
        fs::write(self.dir().join("users"), "hotroom:{PLAIN}s3cret::::::\nbounces:{PLAIN}s3cret::::::\n")
            .expect("written");
    }

    fn spawn(&self, mut command: Command) -> Daemon {
        let name = Path::new(command.get_program()).file_name().expect("a name").to_string_lossy().into_owned();
        let log = |end: &str| Stdio::from(File::create(self.dir().join(format!("{name}.{end}"))).expect("a log"));
        let child = command.stdin(Stdio::null()).stdout(log("out")).stderr(log("err")).spawn();
        Daemon { child: child.unwrap_or_else(|error| panic!("{name}: {error}")), stop: None }
    }

    /// The messages in a mailbox.
    pub fn mailbox(&self, name: &str) -> Vec<String> {
        let folder = self.dir().join("mail").join(name).join("new");
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
        files.sort();
        files.iter().map(|file| fs::read_to_string(file).expect("a message")).collect()
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

    /// What the servers have logged.
    pub fn logs(&self) -> String {
        let files = fs::read_dir(self.dir()).expect("a folder").flatten().map(|entry| entry.path());
        let logs =
            files.filter(|file| file.extension().is_some_and(|end| end == "out" || end == "err" || end == "log"));
        let shown =
            logs.map(|file| format!("--- {}\n{}", file.display(), fs::read_to_string(&file).unwrap_or_default()));
        shown.collect::<Vec<_>>().join("\n")
    }
}

fn run_for_number(command: &[&str]) -> u32 {
    let done = Command::new(command[0]).args(&command[1..]).output().expect("it runs");
    String::from_utf8_lossy(&done.stdout).trim().parse().expect("a number")
}
