//! Explains arbitrary bytes. The corpus replay and the fuzz target share it.

/// Any bytes are a text: nothing may panic, every place lies in the text, every answer has a cause.
pub(crate) fn explain(data: &[u8]) {
    let explanation = sayso_advice::explain(data);
    assert!(explanation.questions.len() <= 2);
    for explained in &explanation.results {
        assert!(!explained.causes.is_empty());
        assert!(explained.heard.place.start <= explained.heard.place.end);
        assert!(explained.heard.place.end <= data.len());
        for entity in &explained.entities {
            assert!(!entity.values.is_empty());
            if let Some(place) = &entity.place {
                assert!(place.start <= place.end && place.end <= data.len());
            }
        }
    }
}
