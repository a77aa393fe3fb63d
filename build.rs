//! Tells cargo which folders are compiled into the binary, so that a new file in them leads to a new build.

fn main() {
    for folder in ["migrations", "commands", "templates", "docs/senders"] {
        if std::path::Path::new(folder).is_dir() {
            println!("cargo:rerun-if-changed={folder}");
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
}
