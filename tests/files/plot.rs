//! Figures: well-formed SVG with its labels, the same bytes each time, PNGs with something on them, odd data survived.

use fenchel::plot::{Axis, Figure, Panel, Segment, Series};
use proptest::prelude::*;
use resvg::{tiny_skia, usvg};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// One of everything.
fn everything() -> Figure {
    let x = [0.0, 1.0, 2.0, 3.0];
    let lines = Panel::new(Axis::new("shift t (<unit>)"), Axis::new("nats & more").log())
        .title("lines")
        .add(Series::line("JSD", &x, &[1e-3, 0.5, 20.0, INF]))
        .add(Series::line("TV", &x, &[0.1, NAN, 0.3, 0.0]).markers())
        .add(Series::band("spread", &x, &[0.1, 0.2, 0.3, 0.4], &[1.0, 2.0, NAN, INF]))
        .guide_x(1.5, "cut")
        .guide_y(0.7, "ln 2")
        .note(2.0, 0.5, "a note");
    let bars = Panel::new(Axis::categories("face", ["one", "two words", "three"]), Axis::new("mass"))
        .add(Series::bars("P", &[0.2, 0.5, 0.3]))
        .add(Series::bars("U", &[0.3, INF, NAN]));
    let scores = Panel::new(Axis::new("score"), Axis::categories("", ["KID", "MMD"]).reversed())
        .add(Series::intervals("generator", &[0.0, 1.0], &[0.1, INF], &[0.05, 0.1], &[0.2, INF]).horizontal());
    let heat = Panel::new(Axis::new("j"), Axis::new("i").reversed())
        .add(Series::cells("density", &[0.0, 0.5, 1.0, NAN, INF, 0.2], 3))
        .equal();
    let moves = Panel::new(Axis::new("x"), Axis::hidden())
        .add(Series::segments("plan", &[Segment { from: (0.0, 1.0), to: (1.0, 0.0), mass: 0.5 }]))
        .add(Series::points("dots", &x, &x));
    let plan = Panel::plan(("source", &[0.5, 0.5]), ("target", &[0.25, 0.75]), &[0.25, 0.25, 0.0, 0.5]);
    let digit: Vec<f64> = (0..64).map(|k| f64::from(k % 17)).collect();
    let sheet = Panel::pictures(&[&digit, &digit, &digit], 8, 2, 0.0, 16.0);
    Figure::grid("All \"kinds\" <of> & marks", 3, [lines, bars, scores, heat, moves, plan, sheet])
}

fn pixels(figure: &Figure, scale: f64) -> tiny_skia::Pixmap {
    tiny_skia::Pixmap::decode_png(&figure.png(scale).unwrap()).unwrap()
}

fn inked(picture: &tiny_skia::Pixmap) -> usize {
    picture.pixels().iter().filter(|p| p.red() < 250).count()
}

/// Well-formed, without ids, and with text as text.
fn texts(figure: &Figure) -> Vec<String> {
    let document = usvg::roxmltree::Document::parse(figure.svg()).expect("well-formed");
    let (width, height) = figure.size();
    let root = document.root_element();
    assert_eq!(root.attribute("width"), Some(width.to_string().as_str()));
    assert_eq!(root.attribute("height"), Some(height.to_string().as_str()));
    for node in document.descendants().filter(usvg::roxmltree::Node::is_element) {
        assert!(node.attribute("id").is_none());
        assert!(
            ["svg", "rect", "polyline", "polygon", "circle", "text", "line", "path", "tspan"]
                .contains(&node.tag_name().name())
        );
        for attribute in node.attributes() {
            assert!(!attribute.value().contains("NaN") && !attribute.value().contains("inf"), "{attribute:?}");
        }
    }
    let text = document.descendants().filter(|n| n.has_tag_name("text"));
    text.map(|n| n.text().unwrap_or("").trim().to_owned()).collect()
}

#[test]
fn svg_is_well_formed_and_says_what_it_was_told() {
    let figure = everything();
    let texts = texts(&figure);
    for wanted in
        ["All \"kinds\" <of> & marks", "shift t (<unit>)", "nats & more", "JSD", "TV", "spread", "P", "U", "generator"]
    {
        assert_eq!(texts.iter().filter(|t| *t == wanted).count(), 1, "{wanted}: {texts:?}");
    }
    for wanted in ["cut", "ln 2", "a note", "KID", "MMD", "two words", "density", "0.75", "∞", "lines"] {
        assert!(texts.iter().any(|t| t == wanted), "{wanted}: {texts:?}");
    }
    let noise = figure.svg().lines().find(|line| line.contains("0000000"));
    assert_eq!(noise, None, "rounding noise");
}

#[test]
fn the_same_description_gives_the_same_bytes() {
    let (a, b) = (everything(), everything());
    assert_eq!(a.svg(), b.svg());
    assert_eq!(a.png(1.0).unwrap(), b.png(1.0).unwrap());
}

#[test]
fn png_has_the_size_asked_for_and_ink_on_it() {
    let figure = everything();
    let (width, height) = figure.size();
    for scale in [0.5, 1.0, 2.0] {
        let picture = pixels(&figure, scale);
        assert_eq!(picture.width(), (width * scale).round() as u32);
        assert_eq!(picture.height(), (height * scale).round() as u32);
        let share = inked(&picture) as f64 / picture.pixels().len() as f64;
        assert!((0.02..0.6).contains(&share), "{share}");
    }
    for scale in [0.0, -1.0, NAN, INF, 1e6] {
        assert!(figure.png(scale).is_err());
    }
}

/// Letters reach the PNG without any system font: the same figure with a longer title has more ink.
#[test]
fn png_has_text() {
    let with = |title: &str| inked(&pixels(&Figure::new(title, [Panel::new(Axis::hidden(), Axis::hidden())]), 1.0));
    let (blank, latin, greek) = (with(""), with("Wasserstein"), with("θ ≤ ∞ − ε, 10⁻³"));
    assert!(latin > blank + 200 && greek > blank + 200, "{blank} {latin} {greek}");
}

/// A margin of a pixel stays white on all sides: nothing is cut off at the edge of the sheet.
#[test]
fn nothing_touches_the_edge() {
    let long = "a rather long label of an axis, with its unit (nats)";
    let panel = Panel::new(Axis::new(long), Axis::new("y"))
        .add(Series::line(long, &[0.0, 1e4], &[-1e-3, 123_456.0]).markers())
        .guide_y(5e4, "a long label for a guide")
        .guide_x(0.0, "at the left end")
        .guide_x(1e4, "at the right end")
        .title(long);
    for figure in [everything(), Figure::new(long, [panel.clone(), panel.clone()]), Figure::new("", [panel])] {
        let picture = pixels(&figure, 1.0);
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        for (k, p) in picture.pixels().iter().enumerate() {
            let (x, y) = (k % width, k / width);
            if x < 2 || y < 1 || x + 2 >= width || y + 1 >= height {
                assert!(p.red() > 250, "ink at {x}, {y} of {width} by {height}");
            }
        }
    }
}

#[test]
fn colours_and_dashes_tell_series_apart() {
    let x = [0.0, 1.0];
    let mut panel = Panel::new(Axis::new("x"), Axis::new("y"));
    for k in 0..7 {
        panel = panel.add(Series::line(format!("series {k}"), &x, &[f64::from(k), f64::from(k)]));
    }
    let figure = Figure::new("", [panel]);
    let document = usvg::roxmltree::Document::parse(figure.svg()).unwrap();
    let mut looks = std::collections::BTreeMap::<String, usize>::new();
    for n in document.descendants().filter(|n| n.has_tag_name("polyline") && n.attribute("stroke-width") == Some("20"))
    {
        *looks.entry(n.attribute("stroke").unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(looks.len(), 7, "seven colours: {looks:?}");
    // one solid line (itself and its sample in the legend), the others in dashes
    assert_eq!(looks.values().filter(|&&n| n == 2).count(), 1, "{looks:?}");
}

#[test]
fn one_label_has_one_look_and_one_entry() {
    let x = [0.0, 1.0];
    let first =
        Panel::new(Axis::new("x"), Axis::new("y")).add(Series::line("a", &x, &x)).add(Series::line("b", &x, &x));
    let second = Panel::new(Axis::new("x"), Axis::new("y")).add(Series::line("b", &x, &x));
    let figure = Figure::new("", [first, second]);
    assert_eq!(texts(&figure).iter().filter(|t| *t == "b").count(), 1);
    assert!(!figure.svg().contains("#009E73"), "a third style was used for a label that had one");
}

#[test]
fn empty_descriptions_draw() {
    let none: [f64; 0] = [];
    for panel in [
        Panel::new(Axis::new(""), Axis::new("")),
        Panel::new(Axis::new("x"), Axis::new("y").log()).add(Series::line("a", &none, &none)),
        Panel::new(Axis::categories("x", none.map(|x| x.to_string())), Axis::new("y")).add(Series::bars("a", &none)),
        Panel::new(Axis::new("x"), Axis::new("y")).add(Series::cells("a", &none, 0).printed()),
        Panel::new(Axis::new("x"), Axis::new("y")).add(Series::band("a", &[0.0], &[0.0], &[1.0])),
        Panel::pictures(&[], 0, 0, 0.0, 0.0),
        Panel::plan(("a", &none), ("b", &none), &none),
        Panel::new(Axis::new("x"), Axis::new("y"))
            .size(NAN, -1.0)
            .guide_x(NAN, "a")
            .guide_y(INF, "b")
            .note(NAN, INF, "c"),
    ] {
        let figure = Figure::new("", [panel]);
        texts(&figure);
        assert!(figure.png(1.0).is_ok());
    }
    assert!(Figure::new("nothing", []).png(1.0).is_ok());
}

fn odd() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0..10.0f64,
        1 => prop::num::f64::ANY,
        1 => prop::sample::select(vec![0.0, -0.0, NAN, INF, -INF, f64::MAX, f64::MIN, 5e-324]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// No data makes a figure panic or write a NaN into the SVG.
    #[test]
    fn any_numbers_can_be_drawn(
        x in prop::collection::vec(odd(), 0..6),
        y in prop::collection::vec(odd(), 0..6),
        z in prop::collection::vec(odd(), 0..6),
        (low, high) in (odd(), odd()),
        log in any::<bool>(),
    ) {
        let axis = |name: &str| if log { Axis::new(name).log() } else { Axis::new(name) };
        let segments: Vec<_> = x.iter().zip(&y).zip(&z).map(|((&x, &y), &mass)| Segment { from: (x, y), to: (y, x), mass }).collect();
        let boxes: Vec<_> = x.iter().zip(&y).map(|(&x, &y)| [x, y, y, x]).collect();
        let panel = |a: Axis, b: Axis| Panel::new(a, b)
            .add(Series::line("line", &x, &y))
            .add(Series::line("marked", &x, &z).markers())
            .add(Series::points("points", &y, &z))
            .add(Series::band("band", &x, &y, &z))
            .add(Series::bars("bars", &x))
            .add(Series::bars("lying", &y).horizontal())
            .add(Series::boxes("boxes", &boxes))
            .add(Series::intervals("intervals", &x, &y, &z, &x))
            .add(Series::intervals("lying", &x, &y, &z, &x).horizontal())
            .add(Series::segments("moves", &segments))
            .add(Series::cells("cells", &z, 2).shades(low, high).printed())
            .guide_x(low, "low").guide_y(high, "high").note(low, high, "note");
        let figure = Figure::grid("odd", 2, [
            panel(axis("x"), axis("y")),
            panel(axis("x").range(low, high), axis("y").include(low)).equal(),
            panel(axis("x").reversed(), axis("y").range(low, high).reversed()),
            Panel::pictures(&[&x, &y, &z], 2, 2, low, high),
            Panel::plan(("source", &x), ("target", &y), &z),
        ]);
        texts(&figure);
    }
}

#[test]
fn a_figure_tells_its_data_and_what_is_seen() {
    let figure = everything();
    let mut rows = csv::Reader::from_reader(figure.csv().as_bytes());
    assert_eq!(rows.headers().unwrap().len(), 10);
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let of = |panel: &str, kind: &str| rows.iter().filter(|row| &row[0] == panel && &row[2] == kind).count();
    assert_eq!((of("lines", "line"), of("lines", "band"), of("lines", "guide")), (8, 4, 2));
    // panels without a title go by their number; an empty cell of a picture is no data
    assert_eq!(
        (of("2", "bar"), of("3", "interval"), of("4", "cell"), of("5", "segment"), of("5", "point")),
        (6, 2, 5, 1, 4)
    );
    let infinite = rows.iter().find(|row| &row[0] == "lines" && &row[1] == "JSD" && &row[3] == "3").unwrap();
    assert_eq!(&infinite[4], "inf");
    let words = figure.description();
    assert!(
        words.starts_with("7 panels. lines: nats & more by shift t (<unit>). JSD: from 0.001 at 0 to 20 at 2."),
        "{words}"
    );
    assert!(
        words.contains("P: one 0.2, two words 0.5, three 0.3.") && words.contains("A matrix of 2 by 3 cells"),
        "{words}"
    );
}

#[test]
fn a_figure_becomes_a_pdf_without_fonts() {
    let pdf = everything().pdf().unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 5000);
    assert!(pdf == everything().pdf().unwrap(), "the same bytes each time");
    let text = String::from_utf8_lossy(&pdf);
    assert!(text.contains("/MediaBox") && !text.contains("/Font "), "letters are outlines");
}

/// `_{...}` is an index in every label: lowered in the picture, plain in the data and in words.
#[test]
fn indices_are_lowered() {
    let panel = |title: &str| {
        let series = Series::line("q_{θ} of P_{G0}", &[0.0, 1.0], &[0.0, 1.0]);
        Panel::new(Axis::new("x_{n} there"), Axis::new("y")).title(title).add(series)
    };
    let figure = Figure::new("P_{G0}", [panel("E_{p} f − E_{q} f")]);
    assert!(!figure.svg().contains("_{") && figure.svg().contains("aria-label=\"PG0\""));
    let document = usvg::roxmltree::Document::parse(figure.svg()).unwrap();
    let whole = |node: usvg::roxmltree::Node<'_, '_>| {
        node.descendants().filter(|n| n.is_text()).map(|n| n.text().unwrap()).collect::<String>()
    };
    let texts: Vec<String> =
        document.descendants().filter(|n| n.has_tag_name("text")).map(|n| whole(n).trim().to_owned()).collect();
    for wanted in ["PG0", "qθ of PG0", "xn there", "Ep f − Eq f"] {
        assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:?}");
    }
    assert!(
        figure.csv().contains("Ep f − Eq f,qθ of PG0,line,0,0") && figure.description().contains("qθ of PG0: from")
    );
    // lowered, and back on the line afterwards: as much down as up
    let shift = |name: &str| figure.svg().matches(name).count();
    assert_eq!((shift("dy=\"0.3em\""), shift("dy=\"-0.225em\"")), (6, 4));
}

/// A picture of many pixels is a few elements: boxes of one shade are one.
#[test]
fn pictures_are_small() {
    let digit: Vec<f64> = (0..64).map(|k| f64::from(k * 7 % 17)).collect();
    let sheet: Vec<&[f64]> = (0..50).map(|_| digit.as_slice()).collect();
    let figure = Figure::new("", [Panel::pictures(&sheet, 8, 10, 0.0, 16.0)]);
    assert!(figure.svg().matches('<').count() < 40, "{}", figure.svg().matches('<').count());
    assert!(figure.svg().len() < 80_000, "{}", figure.svg().len());
    assert!(inked(&pixels(&figure, 1.0)) > 1000);
}
