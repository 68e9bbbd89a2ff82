//! Databases that rpm wrote, and what rpm says is in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sayso_facts::rpm::{Header, packages, tag};
use sayso_fixture::rpm::{self, Form};

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

pub(crate) fn folder(name: &str) -> PathBuf {
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
            name = line.split('\t').next().unwrap_or_default().to_owned();
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
