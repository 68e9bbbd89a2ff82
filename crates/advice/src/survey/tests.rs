//! Roles and judgements over worlds in memory; whole images are in the lab.

use std::fmt::Write as _;

use super::*;

/// Every file that is judged: role, path, and how it ends (a star: only beside its neighbours).
fn survey_of(text: &str) -> Vec<String> {
    let fixture =
        sayso_fixture::parse(&format!("machine: glibc 2.36 x86_64\n{text}")).expect("a world");
    let world = fixture.memory();
    let session = Session::new(&world);
    let told = survey(&world, &session, &Asking::default(), |checked: Checked| {
        let path = crate::show(&checked.answer.named);
        let star = if checked.needs_neighbours { "*" } else { "" };
        (
            path,
            format!(
                "{} {:?}{star}",
                checked.role.name(),
                checked.answer.outcome()
            ),
        )
    });
    told.files
        .into_iter()
        .filter(|(path, _)| path.starts_with("/app/") || path.starts_with("/py/"))
        .map(|(path, told)| format!("{path} {told}"))
        .collect()
}

#[test]
fn go_plugins_are_judged_by_the_hosts_of_the_image() {
    let host = "/app/host exec go=1.27.3 go-packages=runtime:01,fmt:02";
    let plugin = |hash: &str| {
        format!(
            "/app/p.so lib go=1.27.3 go-plugin=example.com/p go-packages=runtime:{hash},fmt:02,example.com/p:0a"
        )
    };
    assert_eq!(
        survey_of(&format!("{host}\n{}", plugin("01"))),
        ["/app/host program Loads", "/app/p.so plugin Loads"]
    );
    assert_eq!(
        survey_of(&format!("{host}\n{}", plugin("0b"))),
        ["/app/host program Loads", "/app/p.so plugin Fails"]
    );
    // Nobody here would open it, so only the loader is asked.
    assert_eq!(survey_of(&plugin("0b")), ["/app/p.so plugin Loads"]);
}

#[test]
fn a_library_is_judged_where_it_is_used() {
    let neighbours = "/app/lib/libcore.so lib\n/app/plugins/one.so lib needs=libcore.so";
    assert_eq!(
        survey_of(neighbours),
        [
            "/app/lib/libcore.so library Loads",
            "/app/plugins/one.so library Loads*"
        ]
    );
    let by_its_program = "/app/main exec needs=liba.so rpath=$ORIGIN/lib\n/app/lib/liba.so lib needs=libb.so\n/app/lib/libb.so lib";
    assert_eq!(
        survey_of(by_its_program),
        [
            "/app/main program Loads",
            "/app/lib/liba.so library Loads",
            "/app/lib/libb.so library Loads"
        ]
    );
    assert_eq!(
        survey_of("/app/lib/one.so lib needs=libgone.so"),
        ["/app/lib/one.so library Fails"]
    );
}

#[test]
fn extensions_are_judged_by_their_interpreter() {
    let module = "/py/lib/python3.11/site-packages/x.cpython-311-x86_64-linux-gnu.so lib imports=PyFoo exports=PyInit_x";
    let path = "/py/lib/python3.11/site-packages/x.cpython-311-x86_64-linux-gnu.so";
    assert_eq!(
        survey_of(&format!("/usr/bin/python3.11 exec exports=PyFoo\n{module}")),
        [format!("{path} extension Loads")]
    );
    assert_eq!(
        survey_of(&format!("/usr/bin/python3.11 exec exports=PyBar\n{module}")),
        [format!("{path} extension Fails")]
    );
    // No interpreter that would look at it.
    assert_eq!(survey_of(module), [format!("{path} extension Loads")]);
}

#[test]
fn a_hundred_files_with_one_reason_are_one_group() {
    let mut text = String::new();
    for number in 0..100 {
        writeln!(text, "/app/p{number} exec needs=libgone.so.1").expect("a string");
    }
    text.push_str("/app/q exec needs=libother.so.1\n/app/r exec imports=nowhere!data\n/app/s exec imports=nowhere!data\n");
    let fixture =
        sayso_fixture::parse(&format!("machine: glibc 2.36 x86_64\n{text}")).expect("a world");
    let world = fixture.memory();
    let session = Session::new(&world);
    let told = survey(&world, &session, &Asking::default(), |checked: Checked| {
        Trouble::of(&checked, &[])
    });
    let groups = group(told.files.into_iter().flatten().collect());
    let sizes: Vec<usize> = groups.iter().map(|group| group.files.len()).collect();
    assert_eq!(sizes, [100, 2, 1]);
    assert_eq!(
        groups[0].example.rule().map(|rule| rule.name),
        Some("library-not-found")
    );
}

#[test]
fn limits_are_met_on_both_sides() {
    use sayso_world::Machine;
    use sayso_world::memory::Memory;
    let program = || {
        let world = sayso_fixture::parse("machine: glibc 2.36 x86_64\n/x exec interp=none")
            .expect("a world")
            .memory();
        let stat = world.lookup(&"/x".into()).expect("the program");
        world.read(&stat).expect("its bytes")
    };
    let deep = |depth: usize| {
        let mut world = Memory::new(Machine::default());
        world.program(format!("{}/x", "/d".repeat(depth)), program());
        let session = Session::new(&world);
        let told = survey(&world, &session, &Asking::default(), |_| ());
        (told.files.len(), told.skipped.cut)
    };
    let most = crate::limits::SURVEY_DEPTH_MAX;
    assert_eq!(deep(most), (1, false));
    assert_eq!(deep(most + 1), (0, true));
    // A command that starts itself again and again.
    let chain = |length: usize| {
        let mut world = Memory::new(Machine::default());
        world.program("/usr/bin/env", program());
        let entry = Entry {
            cmd: std::iter::repeat_n(b"env".to_vec(), length).collect(),
            ..Entry::default()
        };
        start(&world, &entry, &Asking::default()).links.len()
    };
    let most = crate::limits::COMMANDS_MAX;
    assert_eq!(chain(most), most);
    assert_eq!(chain(most + 1), most);
}

#[test]
fn modules_before_a_module_are_found_so_far() {
    // Each extension takes a symbol from the next one; every round finds one more.
    let chain = |length: usize| {
        let mut text = String::from("/usr/bin/php8.2 exec exports=zend\n");
        for number in 0..=length {
            let next = if number < length {
                format!("imports=f{}!data", number + 1)
            } else {
                String::new()
            };
            writeln!(
                text,
                "/app/php/m{number}.so lib {next} exports=get_module,f{number}!data"
            )
            .expect("a string");
        }
        let told = survey_of(&text);
        told.into_iter()
            .find(|line| line.starts_with("/app/php/m0.so "))
            .expect("the first one")
    };
    let most = crate::limits::NEIGHBOUR_ROUNDS_MAX;
    assert_eq!(chain(most), "/app/php/m0.so extension Loads*");
    assert_eq!(chain(most + 1), "/app/php/m0.so extension Fails");
}
