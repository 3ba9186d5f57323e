//! The plots, as SVG in the folder `benchmarks` beside the report.

use std::fs;
use std::path::{Path, PathBuf};

use plotters::prelude::*;
use serde_json::Value;

use crate::process::Failure;

const SIZE: (u32, u32) = (720, 420);
const COLOURS: [RGBColor; 4] = [
    RGBColor(0, 90, 160),
    RGBColor(200, 80, 0),
    RGBColor(0, 130, 90),
    RGBColor(150, 40, 120),
];

/// Where a plot is kept: beside the report.
fn file(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let folder = folder.join("benchmarks");
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    Ok(folder.join(format!("{name}.svg")))
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot draw a plot: {error}"))
}

/// A bar for each name.
pub(super) fn bars(
    folder: &Path,
    name: &str,
    title: &str,
    bars: &[(&str, f64)],
) -> Result<(), Failure> {
    let path = file(folder, name)?;
    let area = SVGBackend::new(&path, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(failed)?;
    let most = bars.iter().map(|(_, value)| *value).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(30)
        .build_cartesian_2d(0.0..most * 1.15, 0.0..bars.len() as f64)
        .map_err(failed)?;
    let mut mesh = chart.configure_mesh();
    mesh.disable_y_mesh()
        .disable_y_axis()
        .draw()
        .map_err(failed)?;
    for (index, (name, value)) in bars.iter().enumerate() {
        // The first one on top.
        let bottom = (bars.len() - 1 - index) as f64;
        let colour = COLOURS[index % COLOURS.len()];
        let corners = [(0.0, bottom + 0.1), (*value, bottom + 0.6)];
        let text = (
            format!("{name}: {value:.0}"),
            ("sans-serif", 15).into_font(),
        );
        chart
            .draw_series([Rectangle::new(corners, colour.filled())])
            .map_err(failed)?;
        chart
            .draw_series([Text::new(text.0, (most * 0.01, bottom + 0.85), text.1)])
            .map_err(failed)?;
    }
    area.present().map_err(failed)
}

/// A line for each thing that grows: how many times as much, and milliseconds, both logarithmic.
pub(super) fn growth(folder: &Path, name: &str, growth: &Value) -> Result<(), Failure> {
    let path = file(folder, name)?;
    let area = SVGBackend::new(&path, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(failed)?;
    let lines: Vec<(&str, Vec<(f64, f64)>)> = super::report::GROWING
        .iter()
        .map(|(key, label, _)| (*label, relative(&growth[*key])))
        .collect();
    let times = lines
        .iter()
        .flat_map(|(_, points)| points)
        .map(|(_, ms)| *ms);
    let (least, most) = times.fold((f64::MAX, f64::MIN), |(least, most), ms| {
        (least.min(ms), most.max(ms))
    });
    let mut chart = ChartBuilder::on(&area)
        .caption(
            "milliseconds, by how many times as much there is",
            ("sans-serif", 18),
        )
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .build_cartesian_2d(
            (1.0..1_100.0).log_scale(),
            (least * 0.8..most * 1.3).log_scale(),
        )
        .map_err(failed)?;
    let mut mesh = chart.configure_mesh();
    mesh.x_desc("times the least")
        .y_desc("ms")
        .draw()
        .map_err(failed)?;
    for ((label, points), colour) in lines.iter().zip(COLOURS) {
        chart
            .draw_series(LineSeries::new(
                points.iter().copied(),
                colour.stroke_width(2),
            ))
            .map_err(failed)?
            .label(*label)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour));
    }
    let mut labels = chart.configure_series_labels();
    labels
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK)
        .position(SeriesLabelPosition::UpperLeft)
        .draw()
        .map_err(failed)?;
    area.present().map_err(failed)
}

/// Pairs of how many and of milliseconds, by how many times the first.
fn relative(pairs: &Value) -> Vec<(f64, f64)> {
    let pairs = pairs.as_array().map(Vec::as_slice).unwrap_or_default();
    let pairs: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(|pair| Some((pair[0].as_f64()?, pair[1].as_f64()?)))
        .collect();
    let first = pairs.first().map_or(1.0, |(count, _)| *count);
    pairs
        .iter()
        .map(|(count, ms)| (count / first, *ms))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_by_the_first() {
        let pairs = serde_json::json!([[10, 1.5], [100, 2], ["x", 3]]);
        assert_eq!(relative(&pairs), [(1.0, 1.5), (10.0, 2.0)]);
        assert!(relative(&Value::Null).is_empty());
    }
}
