//! Floors of files written for the purpose, one for each way in which hand-made gates are fooled.

use sayso_advice::floor::{
    self, Axis, Fits, Floor, Libc, Limits, Number, Part, Trouble, measure, tags, violations,
};
use sayso_facts::elf::Image;
use sayso_fixture::{Content, parse};

/// The floors of everything in a world.
fn floors(world: &str) -> Vec<Floor> {
    let fixture = parse(world).expect("a world");
    let mut parts = Vec::new();
    for file in &fixture.files {
        if let Content::Elf(spec) = &file.content {
            let bytes = fixture.elf_bytes(file, spec);
            let image = Image::parse(bytes.into()).expect("an ELF file");
            parts.push(Part::new(sayso_advice::show(&file.path), image));
        }
    }
    measure(&parts)
}

fn floor(world: &str) -> Floor {
    let mut floors = floors(world);
    assert_eq!(floors.len(), 1, "one floor");
    floors.remove(0)
}

fn height(floor: &Floor, axis: Axis) -> Option<String> {
    floor.height(axis).map(ToString::to_string)
}

fn number(text: &str) -> Number {
    Number::parse(text).expect(text)
}

#[test]
fn the_highest_strong_version_decides_and_is_compared_as_a_number() {
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/main exec needs=libc.so.6 imports=a@GLIBC_2.9(libc.so.6),b@GLIBC_2.10(libc.so.6),c@GLIBC_2.2.5(libc.so.6)\n",
    );
    assert_eq!(height(&floor, Axis::Glibc).as_deref(), Some("2.10"));
    assert_eq!(
        floor.demand(Axis::Glibc).expect("a demand").symbols(),
        ["b"]
    );
    assert_eq!(floor.next_lower(Axis::Glibc), Some(&number("2.9")));
}

#[test]
fn a_weak_need_is_no_need() {
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/main exec needs=libc.so.6 imports=a@GLIBC_2.17(libc.so.6),b@~GLIBC_2.34(libc.so.6)?\n",
    );
    assert_eq!(height(&floor, Axis::Glibc).as_deref(), Some("2.17"));
    assert_eq!(floor.weak.len(), 1);
    assert_eq!(floor.weak[0].number, number("2.34"));
    let limits = Limits {
        highest: vec![(Axis::Glibc, number("2.17"))],
        ..Limits::default()
    };
    assert!(violations(&floor, &limits).is_empty());
    let strict = Limits {
        with_weak: true,
        ..limits
    };
    assert_eq!(violations(&floor, &strict).len(), 1);
}

#[test]
fn a_weak_symbol_under_a_strong_record_is_a_need() {
    // The loader looks at records, not at symbols (_dl_check_map_versions).
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/main exec needs=libc.so.6 imports=b@GLIBC_2.34(libc.so.6)?\n",
    );
    assert_eq!(height(&floor, Axis::Glibc).as_deref(), Some("2.34"));
}

#[test]
fn definitions_are_no_needs() {
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/libx.so lib soname=libx.so needs=libc.so.6 exports=a@@GLIBC_2.40,b@GLIBC_2.39 imports=c@GLIBC_2.4(libc.so.6)\n",
    );
    assert_eq!(height(&floor, Axis::Glibc).as_deref(), Some("2.4"));
}

#[test]
fn a_version_of_another_library_with_such_a_name_does_not_count() {
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/main exec needs=libcompat.so,libc.so.6 imports=a@GLIBC_2.99(libcompat.so),c@GLIBC_2.4(libc.so.6)\n",
    );
    assert_eq!(height(&floor, Axis::Glibc).as_deref(), Some("2.4"));
    let compat = floor
        .external
        .iter()
        .find(|row| row.soname == "libcompat.so");
    assert_eq!(compat.expect("external").versions, ["GLIBC_2.99"]);
}

#[test]
fn what_comes_along_is_not_asked_of_the_system() {
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/main exec needs=libstdc++.so.6,libc.so.6 imports=f@GLIBCXX_3.4.30(libstdc++.so.6),c@GLIBC_2.4(libc.so.6)\n\
         /app/lib/libstdc++.so.6 lib soname=libstdc++.so.6 needs=libc.so.6 exports=f@@GLIBCXX_3.4.30 imports=d@GLIBC_2.18(libc.so.6)\n",
    );
    assert_eq!(height(&floor, Axis::Glibcxx), None);
    // … but what it needs is.
    assert_eq!(height(&floor, Axis::Glibc).as_deref(), Some("2.18"));
    assert_eq!(floor.bundled, ["libstdc++.so.6"]);
}

#[test]
fn a_libc_that_comes_along_satisfies_what_it_defines_and_nothing_else() {
    let world = |version: &str| {
        format!(
            "machine: glibc 2.36 x86_64\n\
             /app/main exec needs=libc.so.6 imports=a@{version}(libc.so.6)\n\
             /app/lib/libc.so.6 lib soname=libc.so.6 exports=a@@GLIBC_2.38,b@GLIBC_2.2.5\n"
        )
    };
    let fine = floor(&world("GLIBC_2.38"));
    assert_eq!(height(&fine, Axis::Glibc), None);
    assert!(fine.troubles.is_empty());
    let broken = floor(&world("GLIBC_2.39"));
    assert!(matches!(
        &broken.troubles[..],
        [Trouble::Unsatisfied { version, .. }] if version == "GLIBC_2.39"
    ));
    let limits = Limits {
        highest: vec![(Axis::Glibc, number("2.40"))],
        ..Limits::default()
    };
    assert_eq!(violations(&broken, &limits).len(), 1);
}

#[test]
fn musl_is_not_a_glibc_that_asks_nothing() {
    let floor = floor(
        "machine: musl 1.2.5 x86_64\n\
         /app/main exec needs=libc.musl-x86_64.so.1 imports=statx,reallocarray,puts\n",
    );
    assert_eq!(floor.libc, Libc::Musl);
    assert_eq!(height(&floor, Axis::Musl).as_deref(), Some("1.2.5"));
    assert_eq!(
        floor.demand(Axis::Musl).expect("a demand").symbols(),
        ["statx"]
    );
    let limits = Limits {
        highest: vec![(Axis::Glibc, number("2.17"))],
        ..Limits::default()
    };
    assert_eq!(
        violations(&floor, &limits).len(),
        1,
        "made for another C library"
    );
    let debian = floor::systems(&floor)
        .into_iter()
        .find(|row| row.distribution == "Debian");
    assert!(matches!(debian.expect("Debian").fits, Fits::No(_)));
}

#[test]
fn glibcs_private_interface_fits_no_number() {
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/libx.so lib needs=libc.so.6 imports=a@GLIBC_PRIVATE(libc.so.6),c@GLIBC_2.4(libc.so.6)\n",
    );
    assert_eq!(height(&floor, Axis::Glibc).as_deref(), Some("2.4"));
    assert!(matches!(&floor.troubles[..], [Trouble::Private { symbols, .. }] if symbols == &["a"]));
    assert!(tags(&floor).iter().all(|tag| !tag.obstacles.is_empty()));
}

#[test]
fn marks_imply_a_release() {
    let relr = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/libx.so lib needs=libc.so.6 relr wants=GLIBC_ABI_DT_RELR(libc.so.6)\n",
    );
    assert_eq!(height(&relr, Axis::Glibc).as_deref(), Some("2.36"));
    assert!(relr.troubles.is_empty());
    let bare = floor("machine: glibc 2.36 x86_64\n/app/libx.so lib needs=libc.so.6 relr\n");
    assert!(matches!(
        &bare.troubles[..],
        [Trouble::RelrWithoutMarker { .. }]
    ));
    let musl = floor("machine: musl 1.2.5 x86_64\n/app/libx.so lib needs=libc.so relr\n");
    assert_eq!(height(&musl, Axis::Musl).as_deref(), Some("1.2.4"));
    let tls = floor(
        "machine: glibc 2.36 x86_64\n/app/libx.so lib needs=libc.so.6 wants=GLIBC_ABI_GNU2_TLS(libc.so.6)\n",
    );
    assert_eq!(height(&tls, Axis::Glibc).as_deref(), Some("2.42"));
    // Debian 13's 2.41 has had it since its last build.
    let fits = |name: &str, release: &str| {
        let rows = floor::systems(&tls);
        let row = rows
            .iter()
            .find(|row| row.distribution == name && row.release == release);
        row.expect("a release").fits.clone()
    };
    assert_eq!(fits("Debian", "13"), Fits::Yes);
    assert!(matches!(fits("Fedora", "42"), Fits::No(_)));
    let unknown = floor(
        "machine: glibc 2.36 x86_64\n/app/libx.so lib needs=libc.so.6 wants=GLIBC_ABI_FUTURE(libc.so.6)\n",
    );
    assert!(matches!(
        &unknown.troubles[..],
        [Trouble::UnknownMarker { .. }]
    ));
}

#[test]
fn processor_kernel_and_stack_are_read_from_the_file() {
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/libx.so lib needs=libc.so.6 isa=x86-64-v3 abi=0.4.19.0 stack=exec\n",
    );
    assert_eq!(height(&floor, Axis::Cpu).as_deref(), Some("3"));
    assert_eq!(height(&floor, Axis::Kernel).as_deref(), Some("4.19.0"));
    assert!(matches!(
        &floor.troubles[..],
        [Trouble::ExecutableStack { .. }]
    ));
    assert!(!floor.troubles[0].is_fatal());
    let limits = Limits {
        highest: vec![(Axis::Cpu, number("2")), (Axis::Kernel, number("3.2"))],
        ..Limits::default()
    };
    assert_eq!(violations(&floor, &limits).len(), 2);
}

#[test]
fn machines_and_c_libraries_have_floors_of_their_own() {
    let found = floors(
        "machine: glibc 2.36 x86_64\n\
         /app/linux/main exec needs=libc.so.6 imports=a@GLIBC_2.34(libc.so.6)\n\
         /app/alpine/main exec interp=/lib/ld-musl-x86_64.so.1 needs=libc.musl-x86_64.so.1 imports=a\n\
         /app/pi/lib.so lib foreign=aarch64 needs=libc.so.6\n",
    );
    let kinds: Vec<(Libc, u16)> = found
        .iter()
        .map(|floor| (floor.libc, floor.machine))
        .collect();
    assert_eq!(
        kinds,
        [(Libc::Glibc, 62), (Libc::Musl, 62), (Libc::Glibc, 183)]
    );
}

#[test]
fn tags_follow_versions_libraries_and_processor() {
    let best = |attributes: &str| -> Option<String> {
        let floor = floor(&format!(
            "machine: glibc 2.36 x86_64\n/app/libx.so lib {attributes}\n"
        ));
        let tags = tags(&floor);
        let tag = tags.into_iter().find(|tag| tag.obstacles.is_empty());
        tag.map(|tag| tag.alias.unwrap_or(tag.name))
    };
    let with = |version: &str| best(&format!("needs=libc.so.6 imports=a@{version}(libc.so.6)"));
    assert_eq!(with("GLIBC_2.2.5").as_deref(), Some("manylinux1_x86_64"));
    assert_eq!(with("GLIBC_2.17").as_deref(), Some("manylinux2014_x86_64"));
    assert_eq!(with("GLIBC_2.18").as_deref(), Some("manylinux_2_24_x86_64"));
    assert_eq!(with("GLIBC_2.34").as_deref(), Some("manylinux_2_34_x86_64"));
    assert_eq!(with("GLIBC_2.99"), None);
    assert_eq!(best("needs=libssl.so.3,libc.so.6"), None);
    assert_eq!(best("needs=libc.so.6 isa=x86-64-v3"), None);
    assert_eq!(
        best("needs=libexpat.so.1,libc.so.6").as_deref(),
        Some("manylinux2010_x86_64"),
        "manylinux1 did not expect libexpat"
    );
    assert_eq!(best("needs=libz.so.1,libc.so.6 imports=inflate_fast"), None);
}

#[test]
fn what_needs_no_c_library_holds_every_tag() {
    let floor = floor("machine: glibc 2.36 x86_64\n/app/libx.so lib exports=a\n");
    assert_eq!(floor.libc, Libc::None);
    let tags = tags(&floor);
    assert!(tags.iter().all(|tag| tag.obstacles.is_empty()));
    assert!(tags.iter().any(|tag| tag.name.starts_with("musllinux_1_1")));
}

#[test]
fn what_lowers_it_names_symbol_and_older_version() {
    let floor = floor(
        "machine: glibc 2.36 x86_64\n\
         /app/libx.so lib needs=libc.so.6 imports=dlsym@GLIBC_2.34(libc.so.6),a@GLIBC_2.17(libc.so.6)\n",
    );
    let found = floor.lowerings(Axis::Glibc);
    assert!(
        found.iter().any(|row| row.what.contains("libdl into libc")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|row| row.how.as_deref() == Some("__asm__(\".symver dlsym, dlsym@GLIBC_2.2.5\");")),
        "{found:?}"
    );
    assert!(floor.lowerings(Axis::Cpu).is_empty());
}

#[test]
fn a_cut_table_is_damage_and_not_an_empty_one() {
    let fixture = parse(
        "machine: glibc 2.36 x86_64\n/app/libx.so lib needs=libc.so.6 imports=a@GLIBC_2.34(libc.so.6)\n",
    )
    .expect("a world");
    let Content::Elf(spec) = &fixture.files[0].content else {
        panic!("an ELF file");
    };
    let bytes = fixture.elf_bytes(&fixture.files[0], spec);
    let whole = Part::new("whole", Image::parse(bytes.clone().into()).expect("ELF"));
    assert_eq!(whole.damage(), None);
    let cut = bytes[..bytes.len() / 3].to_vec();
    let cut = Part::new("cut", Image::parse(cut.into()).expect("ELF"));
    assert!(cut.damage().is_some());
}
