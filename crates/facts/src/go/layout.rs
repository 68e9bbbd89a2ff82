//! Where `moduledata`'s fields lie, release by release.

use super::Layout;

/// Layouts of amd64 and arm64. Each was compared with the debug information of programs built with real toolchains of these
/// releases, but for 1.20, which is worked out from that release's source.
static LAYOUTS: [Layout; 6] = [
    Layout {
        releases: (19, 19),
        types: 280,
        etypes: 288,
        ptab: 384,
        pluginpath: 408,
        pkghashes: 424,
        inittasks: None,
        bad: 536,
        typemap: 528,
        next: 544,
    },
    Layout {
        releases: (20, 20),
        types: 296,
        etypes: 304,
        ptab: 400,
        pluginpath: 424,
        pkghashes: 440,
        inittasks: None,
        bad: 552,
        typemap: 544,
        next: 560,
    },
    Layout {
        releases: (21, 22),
        types: 296,
        etypes: 304,
        ptab: 400,
        pluginpath: 424,
        pkghashes: 440,
        inittasks: Some(464),
        bad: 576,
        typemap: 568,
        next: 584,
    },
    Layout {
        releases: (23, 25),
        types: 296,
        etypes: 304,
        ptab: 400,
        pluginpath: 424,
        pkghashes: 440,
        inittasks: Some(464),
        bad: 529,
        typemap: 568,
        next: 576,
    },
    Layout {
        releases: (26, 26),
        types: 296,
        etypes: 304,
        ptab: 408,
        pluginpath: 432,
        pkghashes: 448,
        inittasks: Some(472),
        bad: 537,
        typemap: 576,
        next: 584,
    },
    Layout {
        releases: (27, 27),
        types: 296,
        etypes: 312,
        ptab: 384,
        pluginpath: 408,
        pkghashes: 424,
        inittasks: Some(448),
        bad: 513,
        typemap: 552,
        next: 560,
    },
];

impl Layout {
    /// The layout of a minor release; `None` for one that is not known.
    pub fn of(minor: u16) -> Option<&'static Layout> {
        let holds = |layout: &&Layout| layout.releases.0 <= minor && minor <= layout.releases.1;
        LAYOUTS.iter().find(holds)
    }
    /// The layout of a file that does not name its release, by the offset of `next` in its code; `None` where that does not decide.
    /// Such files are plugins up to Go 1.19.
    pub(super) fn of_next(next: u64) -> Option<&'static Layout> {
        let mut fits = LAYOUTS.iter().filter(|layout| layout.next == next);
        fits.next().filter(|_| fits.next().is_none())
    }
    /// Every layout that is known, oldest first.
    pub fn all() -> &'static [Layout] {
        &LAYOUTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_follow_each_other() {
        for pair in LAYOUTS.windows(2) {
            assert_eq!(pair[0].releases.1 + 1, pair[1].releases.0);
        }
        assert!(Layout::of(18).is_none());
        assert!(Layout::of(28).is_none());
        assert_eq!(Layout::of(24).map(|l| l.next), Some(576));
        // 1.21 and 1.26 end alike, and so do 1.20 and 1.27.
        assert!(Layout::of_next(584).is_none() && Layout::of_next(560).is_none());
        assert_eq!(Layout::of_next(544).map(|l| l.releases), Some((19, 19)));
    }

    #[test]
    fn fields_keep_their_distance() {
        for layout in &LAYOUTS {
            // What is read without a layout rests on this.
            assert_eq!(layout.pluginpath, layout.ptab + 24);
            assert_eq!(layout.pkghashes, layout.pluginpath + 16);
            assert!(
                layout
                    .inittasks
                    .is_none_or(|at| at == layout.pkghashes + 24)
            );
        }
    }
}
