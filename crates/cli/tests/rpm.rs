//! Roots and images whose packages rpm keeps, in each of its forms: bills of materials and bundles know who owns a file.

mod place;

use std::collections::BTreeMap;
use std::process::Command;

use place::{Folder, bills};
use sayso_fixture::rpm::{self, Form};
use serde_json::Value;

const WORLD: &str = r#"
machine: glibc 2.36 x86_64
/etc/os-release text "ID=\"rhel\"\nVERSION_ID=\"9.4\"\n"
/opt/app/main       exec needs=liba.so,libc.so.6 runpath=/opt/app imports=f,printf@GLIBC_2.2.5(libc.so.6)
/opt/app/liba.so    lib  exports=f
/usr/share/licenses/app/COPYING text "Do as you like.\n"
run: /opt/app/main
"#;

/// Two packages of what lies in the world; `SOURCE` stands for its folder.
const SPEC: &str = "
Name: app
Epoch: 1
Version: 2.0~rc1
Release: 3.el9
Summary: x
License: MIT AND GPL-2.0-or-later WITH GCC-exception-2.0
Vendor: Example, Inc.
AutoReqProv: no
%global _binary_filedigest_algorithm 8
%description
x
%package -n glibc
Epoch: 0
Version: 2.36
Summary: x
License: LGPLv2+ and GPLv2+
AutoReqProv: no
%description -n glibc
x
%install
cp -a SOURCE/. %{buildroot}
%files
/opt/app
%license /usr/share/licenses/app/COPYING
%files -n glibc
/lib64
/lib
%exclude /etc
";

/// A root whose packages are in a database of a form.
fn rooted(folder: &Folder, form: Form) {
    folder.world("root", WORLD);
    let spec = SPEC.replace("SOURCE", &folder.path("root"));
    let packages = rpm::build(&spec, &folder.at("build"));
    let place = match form {
        Form::Sqlite | Form::BerkeleyDb => "root/var/lib/rpm",
        Form::Ndb => "root/usr/lib/sysimage/rpm",
    };
    form.install(&packages, &folder.at(place));
}

fn said(folder: &Folder, words: &[&str]) -> Value {
    let (status, text) = folder.said(words);
    assert_eq!(status, 0, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

/// The components by their references.
fn components(bill: &Value) -> BTreeMap<String, Value> {
    let rows = bill["components"].as_array().expect("a list");
    let named = |row: &Value| {
        (
            row["bom-ref"].as_str().expect("a name").to_owned(),
            row.clone(),
        )
    };
    rows.iter().map(named).collect()
}

const APP: &str = "pkg:rpm/redhat/app@2.0~rc1-3.el9?arch=x86_64&distro=rhel-9.4&epoch=1&upstream=app-2.0~rc1-3.el9.src.rpm";

#[test]
fn bills_name_the_packages_of_each_form() {
    if !rpm::is_here() {
        return;
    }
    for form in Form::ALL {
        let folder = Folder::new(form.file());
        rooted(&folder, form);
        let bill = said(&folder, &["sbom", "--root", "root"]);
        let found = components(&bill);
        let app = &found[APP];
        assert_eq!(app["version"], "1:2.0~rc1-3.el9");
        assert_eq!(app["publisher"], "Example, Inc.");
        let licence = &app["licenses"][0]["expression"];
        assert_eq!(licence, "MIT AND GPL-2.0-or-later WITH GCC-exception-2.0");
        let glibc = found
            .values()
            .find(|row| row["name"] == "glibc")
            .expect("glibc");
        assert_eq!(
            glibc["licenses"][0]["license"]["name"],
            "LGPLv2+ and GPLv2+"
        );
        for path in ["/opt/app/main", "/opt/app/liba.so"] {
            let text = found[&format!("file:{path}")].to_string();
            assert!(text.contains(APP) && !text.contains("changed"), "{text}");
        }
        // The same of an image with this root in it, each file held in pieces or not at all.
        let tar = Command::new("tar")
            .args(["-czf", "image.tar.gz", "-C", "root", "."])
            .current_dir(&folder.0)
            .status();
        assert!(tar.expect("tar").success());
        let image = said(&folder, &["sbom", "--image", "image.tar.gz"]);
        assert_eq!(components(&image), found, "{form:?}");
        if form == Form::Sqlite {
            validated(&folder);
        }
    }
}

fn validated(folder: &Folder) {
    for kind in ["cyclonedx", "spdx"] {
        let file = format!("{kind}.json");
        let words = [
            "sbom",
            "--image",
            "image.tar.gz",
            "--kind",
            kind,
            "-o",
            &file,
        ];
        assert_eq!(folder.said(&words), (0, String::new()));
        let words = ["sbom", "--verify", &file, "--root", "root"];
        assert_eq!(folder.said(&words).0, 0);
    }
    let spdx = std::fs::read_to_string(folder.at("spdx.json")).expect("a bill");
    let spdx: Value = serde_json::from_str(&spdx).expect("JSON");
    let words = &spdx["hasExtractedLicensingInfos"][0]["extractedText"];
    assert_eq!(words, "LGPLv2+ and GPLv2+");
    if let Some(home) = place::provisioned("sbom-validators") {
        bills::accepted(&home, folder, "cyclonedx.json", "spdx.json");
    }
}

#[test]
fn what_no_package_brought_is_told() {
    if !rpm::is_here() {
        return;
    }
    let folder = Folder::new("held");
    rooted(&folder, Form::Ndb);
    // A bill that names packages only, as many tools write it.
    let mut bill = said(&folder, &["sbom", "--root", "root"]);
    let rows = bill["components"].as_array_mut().expect("a list");
    rows.retain(|row| row["type"] == "library");
    folder.write("packages.json", bill.to_string());
    let verify = || folder.said(&["sbom", "--verify", "packages.json", "--root", "root"]);
    let (status, text) = verify();
    assert_eq!(status, 0, "{text}");
    let program = std::fs::read(folder.at("root/opt/app/main")).expect("a program");
    folder.write("root/opt/app/stranger", &program);
    let mut library = std::fs::read(folder.at("root/opt/app/liba.so")).expect("a library");
    library.push(0);
    folder.write("root/opt/app/liba.so", library);
    let (status, text) = verify();
    assert_eq!(status, 1, "{text}");
    for words in [
        "sbom-unowned-binary (1)\n  /opt/app/stranger",
        "sbom-package-file-changed (1)\n  /opt/app/liba.so",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let changed = said(&folder, &["sbom", "--root", "root"]);
    let library = components(&changed)["file:/opt/app/liba.so"].to_string();
    assert!(library.contains("sayso:package:changed"), "{library}");
}

#[test]
fn a_damaged_database_is_told_and_read_as_far_as_it_goes() {
    if !rpm::is_here() {
        return;
    }
    let folder = Folder::new("damaged");
    rooted(&folder, Form::Ndb);
    let file = folder.at("root/usr/lib/sysimage/rpm/Packages.db");
    let mut bytes = std::fs::read(&file).expect("a database");
    // The first package's head: it lies behind the slots.
    let at = bytes
        .windows(4)
        .position(|part| part == b"BlbS")
        .expect("a package");
    bytes[at] = b'X';
    std::fs::write(&file, bytes).expect("a database");
    let (status, text) = folder.said(&["sbom", "--root", "root", "-o", "bill.json"]);
    assert_eq!(status, 0, "{text}");
    let words =
        "/usr/lib/sysimage/rpm/Packages.db: rpm's database is read only in part (package number 1:";
    assert!(text.contains(words), "{text}");
    let bill = std::fs::read_to_string(folder.at("bill.json")).expect("a bill");
    assert!(
        bill.contains("sayso:not-read") && bill.contains("pkg:rpm/redhat/"),
        "{bill}"
    );
}

#[test]
fn bundles_carry_licences() {
    if !rpm::is_here() {
        return;
    }
    let folder = Folder::new("bundle");
    rooted(&folder, Form::BerkeleyDb);
    let words = [
        "bundle",
        "--root",
        "root",
        "--scratch",
        "/opt/app/main",
        "carried",
    ];
    let (status, text) = folder.said(&words);
    assert_eq!(status, 0, "{text}");
    assert!(
        text.contains("licences     app, glibc") && !text.contains("no licence"),
        "{text}"
    );
    let read = |name: &str| std::fs::read_to_string(folder.at(name)).expect(name);
    assert_eq!(read("carried/licences/app/COPYING"), "Do as you like.\n");
    assert_eq!(
        read("carried/licences/glibc.txt"),
        "glibc 2.36-3.el9 brings no file with its licence. The package states it as:\n\nLGPLv2+ and GPLv2+\n"
    );
}
