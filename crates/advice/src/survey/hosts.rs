//! Programs that open extensions, plugins and modules, and how they do it.

use std::collections::HashMap;

use sayso_facts::elf::Image;
use sayso_facts::go::{Mode, PluginSupport, Program};
use sayso_loader::session::Opened;
use sayso_loader::{DlopenFlags, Session, Step};
use sayso_world::{FileId, TargetPath};

use super::roles::{Language, exports, holds};
use super::walk::Candidate;

/// Programs that open extensions and plugins.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    pub(super) python: HashMap<(u16, u16), TargetPath>,
    ruby: Option<TargetPath>,
    perl: Option<TargetPath>,
    php: Option<TargetPath>,
    node: Option<TargetPath>,
    /// Programs called `lua5.4`, `luajit` and the like, with the release that their names say.
    lua: Vec<(String, TargetPath)>,
    pub(super) go: Vec<TargetPath>,
    servers: Vec<(Server, TargetPath)>,
}

impl Hosts {
    /// Sorts the programs; `go_plugins`, `servers`: whether anybody asks for their hosts, which costs a look into every program.
    pub(super) fn of(
        session: &Session<'_>,
        programs: &[&Candidate],
        go_plugins: bool,
        servers: bool,
    ) -> Hosts {
        let mut hosts = Hosts::default();
        for candidate in programs.iter().filter(|candidate| !candidate.is_script) {
            let path = &candidate.path;
            let name = String::from_utf8_lossy(path.file_name()).into_owned();
            let place = || Some(path.clone());
            if let Some(release) = name
                .strip_prefix("python")
                .and_then(|rest| rest.split_once('.'))
            {
                if let (Ok(major), Ok(minor)) = (release.0.parse(), release.1.parse()) {
                    hosts
                        .python
                        .entry((major, minor))
                        .or_insert_with(|| path.clone());
                }
            } else if name.starts_with("ruby") && is_release(&name[4..]) {
                hosts.ruby = hosts.ruby.or_else(place);
            } else if name.starts_with("perl") && is_release(&name[4..]) {
                hosts.perl = hosts.perl.or_else(place);
            } else if name.starts_with("php") && is_release(&name[3..]) {
                hosts.php = hosts.php.or_else(place);
            } else if matches!(name.as_str(), "node" | "nodejs") {
                hosts.node = hosts.node.or_else(place);
            } else if let Some(release) = name.strip_prefix("lua") {
                hosts.lua.push((release.into(), path.clone()));
            }
            if servers && let Some(server) = Server::that_is(session, path) {
                hosts.servers.push((server, path.clone()));
            }
            if go_plugins && is_go_host(session, path) {
                hosts.go.push(path.clone());
            }
        }
        hosts
    }

    /// Who opens a native module, and with which step.
    pub(super) fn of_extension(
        &self,
        language: Language,
        path: &TargetPath,
    ) -> Option<(TargetPath, Step)> {
        let (host, lazy) = match language {
            Language::Python(Some(release)) => (self.python.get(&release), false),
            // The newest one, as `python3` usually is.
            Language::Python(None) => (
                self.python
                    .iter()
                    .max_by_key(|(release, _)| **release)
                    .map(|(_, path)| path),
                false,
            ),
            Language::Ruby => (self.ruby.as_ref(), true),
            Language::Perl => (self.perl.as_ref(), true),
            Language::Php => (self.php.as_ref(), true),
            Language::Node => (self.node.as_ref(), true),
            // `/usr/lib/x86_64-linux-gnu/lua/5.4/socket/core.so`
            Language::Lua => {
                let text = String::from_utf8_lossy(path.as_bytes()).into_owned();
                let is_its = |release: &str| {
                    !release.is_empty() && text.split('/').any(|part| part == release)
                };
                let host = self.lua.iter().find(|(release, _)| is_its(release));
                (host.map(|(_, path)| path), false)
            }
        };
        Some((host?.clone(), opens(path, !lazy, false)))
    }

    /// The servers that open a module, the nearest ones first, each with its step.
    pub(super) fn of_module(&self, server: Server, path: &TargetPath) -> Vec<(TargetPath, Step)> {
        let common = |host: &TargetPath| {
            let (a, b) = (host.as_bytes().iter(), path.as_bytes().iter());
            a.zip(b).take_while(|(a, b)| a == b).count()
        };
        let its = self.servers.iter().filter(|(known, _)| *known == server);
        let mut hosts: Vec<&TargetPath> = its.map(|(_, host)| host).collect();
        hosts.sort_by_key(|host| std::cmp::Reverse(common(host)));
        // Those of another release lie elsewhere, and are not asked.
        let nearest = hosts.first().map_or(0, |host| common(host));
        let step = opens(path, server != Server::Gcc, true);
        let near = hosts.into_iter().filter(|host| common(host) == nearest);
        near.map(|host| (host.clone(), step.clone())).collect()
    }
}

/// The step that opens a module.
pub(super) fn opens(path: &TargetPath, now: bool, global: bool) -> Step {
    Step::Dlopen {
        name: path.as_bytes().to_vec(),
        flags: DlopenFlags {
            now,
            lazy: !now,
            global,
            ..DlopenFlags::default()
        },
        from: None,
    }
}

/// Programs that are extended by modules, which take their symbols from the program itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    /// `load_module` (`src/os/unix/ngx_dlopen.h`: now and global).
    Nginx,
    /// `LoadModule` (`apr/dso/unix/dso.c`: now and global).
    Apache,
    /// Extensions of PostgreSQL (`src/backend/utils/fmgr/dfmgr.c`: now and global).
    Postgres,
    /// `-fplugin` (`gcc/plugin.cc`: lazy and global unless it was built otherwise).
    Gcc,
}

impl Server {
    /// Whose module a library is, by the name that the server looks up in it.
    pub(super) fn of_module(path: &TargetPath, image: &Image) -> Option<Server> {
        if exports(image, b"ngx_modules") {
            Some(Server::Nginx)
        } else if exports(image, b"Pg_magic_func") {
            Some(Server::Postgres)
        } else if exports(image, b"plugin_is_GPL_compatible") && exports(image, b"plugin_init") {
            Some(Server::Gcc)
        } else if holds(path, b"/apache2/modules/") || holds(path, b"/httpd/modules/") {
            Some(Server::Apache)
        } else {
            None
        }
    }

    /// Which of them a program is, by a symbol that its modules are linked against.
    fn that_is(session: &Session<'_>, path: &TargetPath) -> Option<Server> {
        let known: &[(&[u8], Server)] = &[
            (b"ngx_cycle", Server::Nginx),
            (b"ap_hook_post_config", Server::Apache),
            (b"pg_detoast_datum", Server::Postgres),
            (b"register_callback", Server::Gcc),
        ];
        let stat = session.lookup(path).ok()?;
        match &*session.open_once(&stat) {
            Opened::Image(image) => {
                let found = known.iter().find(|(name, _)| exports(image, name))?;
                Some(found.1)
            }
            _ => None,
        }
    }
}

/// Nothing, or digits and points, behind a name: `ruby3.1`, `perl5.36.0`.
fn is_release(rest: &str) -> bool {
    rest.chars()
        .all(|letter| letter.is_ascii_digit() || letter == '.')
}

fn is_go_host(session: &Session<'_>, path: &TargetPath) -> bool {
    let Ok(stat) = session.lookup(path) else {
        return false;
    };
    match &*session.open_once(&stat) {
        Opened::Image(image) => Program::of(image).is_some_and(|program| {
            program.mode == Mode::Executable && program.plugin_support() == PluginSupport::Yes
        }),
        _ => false,
    }
}

/// Which program's process held a library, by the library's file.
pub(super) type Proved = HashMap<FileId, TargetPath>;
