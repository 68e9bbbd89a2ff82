//! `version-not-found`: a library that is too old, or another build of it.

use super::prelude::*;
use sayso_loader::EventId;

pub(super) static RULE: Rule = Rule {
    name: "version-not-found",
    phase: Phase::Version,
    level: Level::Error,
    summary: "the library that is found does not define a version that is needed from it",
    loaders: &[Speaker::Glibc, Speaker::Rtld],
    messages: &["glibc/version-not-found", "glibc/weak-version-not-found"],
    hears: &["rtld/version-not-found", "rtld/version-not-defined"],
    page: page!("version-not-found"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let others = |version: &[u8]| ![&b"GLIBC_"[..], b"GLIBCXX_", b"CXXABI_"].iter().any(|known| version.starts_with(known));
    for group in version_groups(context, others) {
        let (library, requirer) = (show(group.library), show(group.requirer));
        let versions: Vec<String> = group.names.iter().map(show).collect();
        let mut finding = Finding::new(
            &RULE,
            group.subject(context),
            format!("{requirer} needs {} from {library}, which does not define it", enumerate(&versions)),
        );
        for version in &group.names {
            let symbols = symbols_of_version(context, group.requirer, version);
            if !symbols.is_empty() {
                finding = finding.because(format!("{} is asked for because of {}", show(version), enumerate_some(&symbols, 5)));
            }
        }
        if let Some(object) = context.object_called(group.library).map(|id| context.trace.object(id)) {
            let defined: Vec<String> = object
                .image
                .version_definitions()
                .iter()
                .filter(|definition| definition.flags & 1 == 0)
                .map(|definition| show(object.image.string(definition.name)))
                .collect();
            if !defined.is_empty() {
                finding = finding.because(format!("{library} defines {}", enumerate_some(&defined, 5)));
            }
        }
        findings.add(
            finding
                .step(group.step)
.explains(group.events.iter().copied())
                .advice("install a newer build of the library, or remove the older copy that is found first")
                .advice("or build the file against the library that is here"),
        );
    }
    for trouble in context.troubles_with(&["glibc/weak-version-not-found"]) {
        findings.add(
            Finding::new(
                &RULE,
                subject_of(context, trouble),
                format!("{} asks for {} weakly, and {} does not define it", trouble.text("requirer"), trouble.text("version"), trouble.text("object")),
            )
            .level(Level::Note)
            .explains(trouble.events()),
        );
    }
}

/// Versions that one object needs and one library does not define.
pub(super) struct Versions<'a> {
    pub(super) library: &'a [u8],
    pub(super) requirer: &'a [u8],
    pub(super) names: Vec<&'a [u8]>,
    pub(super) step: usize,
    pub(super) events: Vec<EventId>,
}

impl Versions<'_> {
    /// The highest of them, as text.
    pub(super) fn newest(&self) -> String {
        let number = |version: &&&[u8]| -> Vec<u32> {
            show(version)
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|part| part.parse().ok())
                .collect()
        };
        self.names.iter().max_by_key(number).map(show).unwrap_or_default()
    }
    /// The one that needs them.
    pub(super) fn subject(&self, context: &Context<'_>) -> Subject {
        context
            .object_called(self.requirer)
            .map_or_else(|| Subject::File(TargetPath::new(self.requirer)), Subject::Object)
    }
}

/// The complaints about versions that `wanted` accepts, by library and requirer.
pub(super) fn version_groups<'a>(context: &Context<'a>, wanted: impl Fn(&[u8]) -> bool) -> Vec<Versions<'a>> {
    let mut groups: Vec<Versions<'a>> = Vec::new();
    for trouble in context.troubles_with(&["glibc/version-not-found"]) {
        let field = |name| trouble.failure.field(name).unwrap_or_default();
        let (library, requirer, version) = (field("object"), field("requirer"), field("version"));
        if !wanted(version) {
            continue;
        }
        let known = groups.iter_mut().find(|group| group.library == library && group.requirer == requirer && group.step == trouble.step);
        match known {
            Some(group) => {
                group.names.push(version);
                group.events.extend(trouble.events());
            }
            None => groups.push(Versions {
                library,
                requirer,
                names: vec![version],
                step: trouble.step,
                events: trouble.events().collect(),
            }),
        }
    }
    groups
}

/// The symbols for whose sake an object needs a version.
pub(super) fn symbols_of_version(context: &Context<'_>, requirer: &[u8], version: &[u8]) -> Vec<String> {
    let Some(id) = context.object_called(requirer) else {
        return Vec::new();
    };
    let image = &context.trace.object(id).image;
    let indexes: Vec<u16> = image
        .version_needs()
        .iter()
        .flat_map(|need| &need.versions)
        .filter(|aux| image.string(aux.name) == version)
        .map(|aux| aux.index & 0x7fff)
        .collect();
    (1..image.symbol_count())
        .filter(|&at| image.versym(at).is_some_and(|index| indexes.contains(&(index & 0x7fff))))
        .filter_map(|at| image.symbol(at))
        .filter(|symbol| symbol.shndx == 0)
        .map(|symbol| show(image.string(symbol.name)))
        .collect()
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (version, requirer, object) = (heard.text("version"), heard.text("requirer"), heard.text("object"));
    if ["GLIBC_", "GLIBCXX_", "CXXABI_"].iter().any(|known| version.starts_with(known)) {
        return None;
    }
    let weak = heard.is("glibc/weak-version-not-found");
    let owner = owner(&version);
    let which = owner.map_or(String::new(), |owner| format!(" ({owner})"));
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{requirer} was linked against a build of the library that defines {version}{which}, and {object} does not define it{}", if weak { ": a warning, the program goes on" } else { "" }))
            .decided_by(format!("readelf -VW {} | grep Name; find / -name '{}*' -not -path '/proc/*' 2>/dev/null", quoted(&object), hearing::stem(&object)))
            .advice(format!("if {object} is a bundled copy or one of an environment (conda, MATLAB, a vendor's), take its directory out of LD_LIBRARY_PATH so that the system's is found"))
            .advice("else install the release of the library that the file was linked against, or build the file here")
            .not_helpful("linking names: the file is found; its contents are another build's"),
    )
}

/// What a version's name tells of the library.
fn owner(version: &str) -> Option<&'static str> {
    const OWNERS: &[(&str, &str)] = &[
        ("OPENSSL_", "OpenSSL"), ("CURL_OPENSSL_", "Debian's libcurl"), ("CURL_GNUTLS_", "Debian's libcurl for GnuTLS"), ("NCURSES", "ncurses"),
        ("LIBJPEG", "libjpeg"), ("PNG16_", "libpng"), ("PNG12_", "libpng 1.2"), ("LIBTIFF_", "libtiff"), ("LIBXML2_", "libxml2"), ("GCC_", "GCC's libgcc_s"),
        ("GFORTRAN_", "GCC's libgfortran"), ("GOMP_", "GCC's libgomp"), ("OMP_", "an OpenMP library"), ("LIBSSH", "libssh"), ("KRB5_", "Kerberos"),
        ("krb5_", "Kerberos"), ("ZLIB_", "zlib"), ("LIBAVCODEC_", "FFmpeg"), ("LIBAVFORMAT_", "FFmpeg"), ("Qt_5", "Qt 5"), ("Qt_6", "Qt 6"),
        ("LIBFFI_", "libffi"), ("libmysqlclient_", "MySQL's client library"), ("FOLIO_", "libidn"), ("XZ_", "xz"), ("LIBSYSTEMD_", "systemd"),
        ("LIBUDEV_", "udev"), ("BLKID_", "util-linux"), ("MOUNT_", "util-linux"), ("UUID_", "util-linux"), ("XCRYPT_", "libxcrypt"), ("NSS_", "NSS"),
        ("LIBICU", "ICU"), ("NUMA", "libnuma"), ("IBVERBS_", "rdma-core"), ("ALSA_", "alsa-lib"), ("PULSE_", "PulseAudio"), ("V_", "libxkbcommon"),
    ];
    OWNERS.iter().find(|(prefix, _)| version.starts_with(prefix)).map(|(_, owner)| *owner)
}
