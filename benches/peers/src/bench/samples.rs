//! The results, by measure and candidate, with medians and ranges.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::candidates::Candidate;

/// The results of one measure on one candidate, by repetition, or the reason why there are none.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    values: BTreeMap<String, Vec<f64>>,
    pub(crate) failure: Option<String>,
}

impl Cell {
    pub(crate) fn add(&mut self, result: Result<BTreeMap<String, Value>, String>) {
        match result {
            Ok(result) => {
                for (key, value) in result {
                    self.values.entry(key).or_default().extend(value.as_f64());
                }
            }
            Err(why) => self.failure = Some(why),
        }
    }

    /// Median, least and greatest.
    pub(crate) fn summary(&self, key: &str) -> Option<Summary> {
        let mut values = self.values.get(key)?.clone();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied();
        let (low, high) = (at(values.len().checked_sub(1)? / 2)?, at(values.len() / 2)?);
        let median = f64::midpoint(low, high);
        Some(Summary { median, least: at(0)?, greatest: at(values.len() - 1)? })
    }

    /// `None` also if a repetition failed: the others do not stand for all.
    pub(crate) fn median(&self, key: &str) -> Option<f64> {
        if self.failure.is_some() {
            return None;
        }
        Some(self.summary(key)?.median)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

/// All results, by measure and candidate.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<(String, Candidate), Cell>);

impl Samples {
    pub(crate) fn cell(&mut self, measure: &str, candidate: Candidate) -> &mut Cell {
        self.0.entry((measure.to_owned(), candidate)).or_default()
    }

    pub(crate) fn get(&self, measure: &str, candidate: Candidate) -> Option<&Cell> {
        self.0.get(&(measure.to_owned(), candidate))
    }

    pub(crate) fn median(&self, measure: &str, candidate: Candidate, key: &str) -> Option<f64> {
        self.get(measure, candidate)?.median(key)
    }

    /// The first value of `measure` over the second.
    pub(crate) fn ratio(
        &self,
        measure: &str,
        key: &str,
        over: Candidate,
        under: Candidate,
    ) -> Option<f64> {
        let value = self.median(measure, over, key)? / self.median(measure, under, key)?;
        value.is_finite().then_some(value)
    }

    /// The measures that failed, with the reason.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&str, Candidate, &str)> {
        self.0.iter().filter_map(|((measure, candidate), cell)| {
            Some((measure.as_str(), *candidate, cell.failure.as_deref()?))
        })
    }
}
