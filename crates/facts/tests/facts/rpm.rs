//! Databases that rpm wrote, and what rpm says is in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use sayso_facts::limits::{RPM_ARRAY_MAX, RPM_ENTRIES_MAX, RPM_HEADER_BYTES_MAX, RPM_PACKAGES_MAX};
use sayso_facts::rpm::{Fault, Header, What, packages, tag};
use sayso_fixture::rpm::{self, Form, header, ndb};

use crate::exercise;

/// Packages of many shapes: epochs, no epoch, no file, names of every kind, a file list of many pages, another package's file,
/// licences, digests of two kinds.
const SPEC: &str = r"
Name: demo
Epoch: 3
Version: 1.2
Release: 4.el9
Summary: x
License: MIT AND (GPL-2.0-or-later WITH GCC-exception-2.0)
Vendor: Example, Inc.
AutoReqProv: no
%global _binary_filedigest_algorithm 8
%description
x
%package libs
Epoch: 0
Summary: x
License: LGPLv2+ and GPLv2+
AutoReqProv: no
%description libs
x
%package empty
Summary: x
BuildArch: noarch
AutoReqProv: no
%description empty
x
%package many
Summary: x
AutoReqProv: no
%description many
x
%package root
Summary: x
AutoReqProv: no
%description root
x
%install
cd %{buildroot}
mkdir -p usr/bin usr/lib64 usr/share/licenses/demo etc usr/share/many/empty opt
cp /bin/true usr/bin/demo
cp /bin/true usr/lib64/libdemo.so.1.0
chmod 4755 usr/bin/demo
ln -s libdemo.so.1.0 usr/lib64/libdemo.so.1
echo licence > usr/share/licenses/demo/COPYING
echo c > etc/demo.conf
for i in $(seq 1 2000); do echo $i > 'usr/share/many/file number '$i' ü'; done
%files
%attr(4755, root, root) /usr/bin/demo
%license /usr/share/licenses/demo/COPYING
%config(noreplace) /etc/demo.conf
%ghost /etc/demo.state
%files libs
/usr/lib64/libdemo.so.*
/usr/bin/demo
%files empty
%files many
/usr/share/many
%files root
/
%exclude /usr
%exclude /etc
";

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("sayso-facts-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

fn read(file: &Path) -> Bytes {
    std::fs::read(file).unwrap_or_default().into()
}

/// The query of [`listed`].
const QUERY: &str = r"%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{LICENSE}\t%{VENDOR}\t%{SOURCERPM}\t%{FILEDIGESTALGO}\n[>%{=NAME}\t%{FILENAMES}\t%{FILEMODES}\t%{FILEDIGESTS}\t%{FILEFLAGS:fflags}\t%{FILESTATES}\n]";

/// What `rpm -qa` prints, by package.
fn told(form: Form, database: &Path) -> BTreeMap<String, String> {
    let mut query = form.command("rpm", database);
    let told = rpm::run(query.args(["-qa", "--qf", QUERY]));
    let told = String::from_utf8(told).expect("UTF-8");
    let mut packages = BTreeMap::new();
    let mut name = String::new();
    for line in told.lines() {
        if !line.starts_with('>') {
            line.split('\t')
                .next()
                .unwrap_or_default()
                .clone_into(&mut name);
        }
        let text: &mut String = packages.entry(name.clone()).or_default();
        text.push_str(line);
        text.push('\n');
    }
    packages
}

/// The same of what was read. rpm's letters of a file's flags hold more than is asked for here: only the licence's is compared.
fn listed(header: &Header) -> (String, String) {
    let text = |tag| match header.text(tag) {
        Some(text) => String::from_utf8_lossy(text).into_owned(),
        None => "(none)".into(),
    };
    let number = |tag| {
        let number = header.number(tag);
        number.map_or("(none)".into(), |number| number.to_string())
    };
    let mut lines = [
        text(tag::NAME),
        number(tag::EPOCH),
        text(tag::VERSION),
        text(tag::RELEASE),
        text(tag::ARCH),
        text(tag::LICENSE),
        text(tag::VENDOR),
        text(tag::SOURCE_RPM),
        number(tag::FILE_DIGEST_ALGORITHM),
    ]
    .join("\t");
    lines.push('\n');
    for file in header.files() {
        let lossy = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (path, digest) = (lossy(file.folder) + &lossy(file.name), lossy(file.digest));
        let licence = if file.is_licence { "l" } else { "-" };
        let state = if file.is_installed { "here" } else { "not" };
        let _ = writeln!(
            lines,
            ">{}\t{path}\t{}\t{digest}\t{licence}\t{state}",
            text(tag::NAME),
            file.mode,
        );
    }
    (text(tag::NAME), lines)
}

/// rpm's own words for flags and states, as ours.
fn simplified(told: &str) -> String {
    let line = |line: &str| {
        let mut cells: Vec<&str> = line.split('\t').collect();
        if let [name, .., flags, state] = &mut cells[..]
            && name.starts_with('>')
        {
            *flags = if flags.contains('l') { "l" } else { "-" };
            *state = if matches!(*state, "0" | "3") {
                "here"
            } else {
                "not"
            };
        }
        cells.join("\t") + "\n"
    };
    told.lines().map(line).collect()
}

fn compare(form: Form, database: &Path, wanted: usize) {
    let wal = read(&database.join("rpmdb.sqlite-wal"));
    let mut found = BTreeMap::new();
    let result = packages(&read(&database.join(form.file())), &wal, |header| {
        let (name, text) = listed(&header);
        assert!(found.insert(name, text).is_none());
    });
    assert_eq!(result, Ok(()), "{form:?}");
    let told = told(form, database);
    assert_eq!(told.len(), wanted, "{form:?}: {told:?}");
    assert!(told.keys().eq(found.keys()), "{form:?}: {found:?}");
    for (name, text) in told {
        assert_eq!(found[&name], simplified(&text), "{form:?} {name}");
    }
}

#[test]
fn the_three_forms_hold_what_rpm_says() {
    if !rpm::is_here() {
        return;
    }
    let here = folder("rpm");
    let packages = rpm::build(SPEC, &here.join("build"));
    assert_eq!(packages.len(), 5);
    for form in Form::ALL {
        let database = here.join(form.file());
        form.install(&packages, &database);
        compare(form, &database, 5);
        // What was removed leaves free pages and slots behind, and what comes again is put elsewhere.
        rpm::run(
            form.command("rpm", &database)
                .args(["-e", "--justdb", "demo-many"]),
        );
        compare(form, &database, 4);
        let again = packages
            .iter()
            .filter(|file| file.ends_with("demo-many.rpm"));
        form.install(&again.cloned().collect::<Vec<_>>(), &database);
        compare(form, &database, 5);
    }
    std::fs::remove_dir_all(here).expect("removed");
}

/// Names and numbers of files of what is in a seed.
fn names(seed: &str) -> (Vec<(String, usize)>, Result<(), Fault>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/rpmdb");
    let bytes = std::fs::read(file.join(seed)).expect("a seed");
    names_of(&bytes)
}

fn names_of(bytes: &[u8]) -> (Vec<(String, usize)>, Result<(), Fault>) {
    let (database, log) = exercise::database_and_log(bytes);
    let mut names = Vec::new();
    let result = packages(&database, &log, |header| {
        let name = header.text(tag::NAME).unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        names.push((name, header.files().count()));
    });
    (names, result)
}

/// Both were written by rpm 4.16, and read again by rpm 4.18; the second with `db5.3_dump` and `db5.3_load` between.
#[test]
fn seeds_are_read_in_both_byte_orders() {
    let both = vec![("seed".to_owned(), 3), ("seed-more".to_owned(), 40)];
    for seed in ["sqlite", "ndb", "berkeley-db", "berkeley-db-big-endian"] {
        let (mut names, result) = names(seed);
        names.sort();
        assert_eq!((&names, result), (&both, Ok(())), "{seed}");
    }
    // In the log the first was taken out, and put in again behind the other.
    let swapped = vec![("seed-more".to_owned(), 40), ("seed".to_owned(), 3)];
    assert_eq!(names("sqlite").0, swapped);
    assert_eq!(names("sqlite-wal"), (both, Ok(())));
}

/// Whatever is cut off or overwritten, nothing panics, and what is read of a package is there.
#[test]
fn damage_is_told() {
    for seed in [
        "sqlite",
        "sqlite-wal",
        "ndb",
        "berkeley-db",
        "berkeley-db-big-endian",
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/rpmdb");
        let bytes = std::fs::read(file.join(seed)).expect("a seed");
        let mut damaged = 0;
        for at in (0..bytes.len()).step_by(7) {
            exercise::rpmdb(&bytes[..at]);
            for change in [0xff, 0x80, 0x01] {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                exercise::rpmdb(&bytes);
                damaged += usize::from(names_of(&bytes).1.is_err());
            }
        }
        // A log counts up to where it is damaged, for SQLite as for us: most of that seed is one.
        assert!(damaged > 5, "{seed}: {damaged}");
    }
}

/// What SQLite has not moved into the database counts up to the last whole transaction, as for rpm.
#[test]
fn the_log_counts_as_for_rpm() {
    if !rpm::is_here() {
        return;
    }
    let here = folder("wal");
    let database = here.join("db");
    let built = rpm::build(SPEC, &here.join("build"));
    Form::Sqlite.install(&built, &database);
    // The process ends without closing: the log stays as it is, an unfinished transaction at its end.
    let script = "import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('pragma journal_mode = wal')
db.execute('pragma wal_autocheckpoint = 0')
db.execute('pragma cache_size = 5')
db.execute(\"delete from Packages where hnum = (select hnum from Name where key = 'demo-libs')\")
db.execute(\"delete from Name where key = 'demo-libs'\")
db.execute('begin')
db.execute('delete from Packages')
db.execute('create table rest (x)')
for i in range(200): db.execute('insert into rest values (zeroblob(4000))')
os._exit(0)
";
    let mut python = Command::new("python3");
    rpm::run(
        python
            .args(["-c", script])
            .arg(database.join("rpmdb.sqlite")),
    );
    let log = std::fs::metadata(database.join("rpmdb.sqlite-wal")).expect("a log");
    assert!(log.len() > 200 * 4000, "{}", log.len());
    compare(Form::Sqlite, &database, 4);
    std::fs::remove_dir_all(here).expect("removed");
}

#[test]
fn limits_are_kept_on_both_sides() {
    let read = |database: Vec<u8>| {
        let mut headers = Vec::new();
        let result = packages(&database.into(), &Bytes::new(), |header| {
            headers.push(header);
        });
        (headers, result.map_err(|fault| fault.what))
    };
    let small = header(&[(tag::NAME, 6, 1, b"a\0")]);
    let (headers, result) = read(ndb(&vec![&small[..]; RPM_PACKAGES_MAX]));
    assert_eq!((headers.len(), result), (RPM_PACKAGES_MAX, Ok(())));
    let (headers, result) = read(ndb(&vec![&small[..]; RPM_PACKAGES_MAX + 1]));
    let limit = Err(What::Limit("packages", RPM_PACKAGES_MAX));
    assert_eq!((headers.len(), result), (RPM_PACKAGES_MAX, limit));

    let entries = |count| vec![(tag::NAME, 6, 1, &b""[..]); count];
    let (headers, result) = read(ndb(&[&header(&entries(RPM_ENTRIES_MAX))]));
    assert_eq!((headers.len(), result), (1, Ok(())));
    // What is behind a package that is too much is read.
    let (headers, result) = read(ndb(&[&header(&entries(RPM_ENTRIES_MAX + 1)), &small]));
    let limit = Err(What::Limit("entries in a header", RPM_ENTRIES_MAX));
    assert_eq!((headers.len(), result), (1, limit));

    let big = |bytes| header(&[(tag::NAME, 6, 1, &vec![b'a'; bytes])]);
    let (headers, result) = read(ndb(&[&big(RPM_HEADER_BYTES_MAX)]));
    assert_eq!((headers.len(), result), (1, Ok(())));
    let (headers, result) = read(ndb(&[&big(RPM_HEADER_BYTES_MAX + 1), &small]));
    let limit = Err(What::Limit("bytes in a header", RPM_HEADER_BYTES_MAX));
    assert_eq!((headers.len(), result), (1, limit));

    let count = RPM_ARRAY_MAX as u32;
    let many = |count: u32| header(&[(tag::BASE_NAMES, 8, count, &vec![0; count as usize])]);
    for (wanted, header) in [(count - 1, many(count - 1)), (count, many(count + 1))] {
        let (headers, _) = read(ndb(&[&header]));
        assert_eq!(headers[0].texts(tag::BASE_NAMES).count(), wanted as usize);
    }
}

/// The last entry of a tag counts; whole names stand in for folders and names, and only where those are not.
#[test]
fn headers_have_their_old_forms() {
    let word = 1_u32.to_be_bytes();
    let whole = (tag::OLD_FILE_NAMES, 8, 2, &b"/usr/bin/a\0/b\0"[..]);
    let database = ndb(&[
        &header(&[
            whole,
            (tag::NAME, 6, 1, b"old\0"),
            (tag::NAME, 6, 1, b"new\0"),
        ]),
        &header(&[
            whole,
            (tag::BASE_NAMES, 8, 1, b"c\0"),
            (tag::DIR_NAMES, 8, 2, b"/x/\0/y/\0"),
            (tag::DIR_INDEXES, 4, 1, &word),
            (tag::FILE_STATES, 1, 1, &[1]),
            (tag::FILE_STATES, 2, 1, &[1]),
        ]),
        &header(&[
            (tag::BASE_NAMES, 8, 1, b"c\0"),
            (tag::DIR_NAMES, 8, 1, b"/x/\0"),
            (tag::DIR_INDEXES, 4, 1, &word),
        ]),
    ]);
    let mut lists = Vec::new();
    let result = packages(&database.into(), &Bytes::new(), |header| {
        let path = |file: sayso_facts::rpm::File<'_>| {
            let path = [file.folder, file.name].concat();
            (
                String::from_utf8_lossy(&path).into_owned(),
                file.is_installed,
            )
        };
        let name = header.text(tag::NAME).map(<[u8]>::to_vec);
        lists.push((name, header.files().map(path).collect::<Vec<_>>()));
    });
    assert_eq!(result, Ok(()));
    let path = |path: &str, here| (path.to_owned(), here);
    let old = vec![path("/usr/bin/a", true), path("/b", true)];
    assert_eq!(lists[0], (Some(b"new".to_vec()), old));
    assert_eq!(lists[1], (None, vec![path("/y/c", false)]));
    assert_eq!(lists[2], (None, Vec::new()), "there is no such folder");
}
