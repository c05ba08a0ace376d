//! Rules of a recipe, compiled: conditions on a record, and what is drawn where they hold.
//!
//! Input: the recipe's rules, a data set, the codelists. Output: rules by field with codes as positions. The order in which fields are
//! drawn does not belong here.

use crate::domain::codelist::{Codelist, Codelists};
use crate::domain::dataset::FieldKind;
use crate::domain::source::SourceDefinition;
use crate::generate::day::Day;
use crate::generate::error::GenerateError;
use crate::generate::pattern::TextPattern;
use crate::generate::random::{Quantiles, Random, Share, Weighted};
use crate::generate::recipe::{Recipe, Rule};
use crate::generate::record::{CodeSet, Parts, Record, Text, Value};

/// When a rule applies.
#[derive(Clone, Debug)]
pub struct Condition {
    groups: Vec<u16>,
    forms: Vec<u16>,
    directions: Vec<u16>,
    outcomes: Vec<u16>,
    from: Option<Day>,
    until: Option<Day>,
    with_field: Option<usize>,
}

impl Condition {
    /// Whether the record fits.
    pub fn fits(&self, record: &Record, parts: &Parts) -> bool {
        let one_of =
            |codes: &[u16], code: Option<u16>| codes.is_empty() || code.is_some_and(|code| codes.contains(&code));
        one_of(&self.groups, record.group)
            && one_of(&self.forms, record.code(parts.form))
            && one_of(&self.directions, record.code(parts.direction))
            && one_of(&self.outcomes, record.code(parts.outcome))
            && self.from.is_none_or(|from| record.entered >= from)
            && self.until.is_none_or(|until| record.entered < until)
            && self
                .with_field
                .is_none_or(|field| record.values[field] != Value::Missing)
    }
}

/// What a rule draws.
#[derive(Clone, Debug)]
pub enum Draw {
    /// Position of a group of counterparts.
    Group(Weighted<u16>),
    Code(Weighted<u16>),
    Codes(Weighted<u16>, u64),
    Flag(Weighted<bool>),
    Whole(Quantiles),
    Hundredths(Quantiles),
    /// Days after the beginning.
    Later(Quantiles),
    Text(u16),
}

/// A rule for a field.
#[derive(Clone, Debug)]
pub struct FieldRule {
    pub condition: Condition,
    pub share: Share,
    pub draw: Draw,
}

impl FieldRule {
    /// A value for the record, or none.
    pub fn value(&self, record: &Record, begin: Day, random: &mut Random) -> Value {
        if !random.happens(self.share) {
            return Value::Missing;
        }
        let drawn = match &self.draw {
            Draw::Group(weights) | Draw::Code(weights) => weights.draw(random).map(Value::Code),
            Draw::Codes(weights, most) => some_codes(weights, *most, random).map(Value::Codes),
            Draw::Flag(weights) => weights.draw(random).map(Value::Flag),
            Draw::Whole(quantiles) => Some(Value::Whole(random.quantity(quantiles))),
            Draw::Hundredths(quantiles) => Some(Value::Hundredths(
                random.quantity(quantiles) * 100 + random.below(100) as i64,
            )),
            Draw::Later(quantiles) => Some(Value::Day(begin.plus(random.quantity(quantiles)))),
            Draw::Text(pattern) => Some(Value::Text(Text {
                pattern: *pattern,
                number: random.below(9000) as u32 + 1,
                random: random.below(90_000) as u32 + 10_000,
                year: record.entered.year(),
            })),
        };
        drawn.unwrap_or(Value::Missing)
    }
}

fn some_codes(weights: &Weighted<u16>, most: u64, random: &mut Random) -> Option<CodeSet> {
    let mut codes = CodeSet::default();
    // Two records in three have one value only.
    let count = if random.below(3) < 2 { 1 } else { 1 + random.below(most) };
    for _ in 0..count {
        codes.add(weights.draw(random)?);
    }
    Some(codes)
}

/// A rule for an event.
#[derive(Clone, Debug)]
pub struct EventRule {
    pub condition: Condition,
    pub share: Share,
    /// Position among the source's event columns.
    pub column: usize,
    /// Part of the time to completion, in per cent.
    pub at: [i64; 2],
    pub ahead: bool,
}

/// What compiling a rule needs to know.
pub struct RuleContext<'a> {
    pub source_name: &'a str,
    pub definition: &'a SourceDefinition,
    pub recipe: &'a Recipe,
    pub codelists: &'a Codelists,
    pub parts: Parts,
}

impl RuleContext<'_> {
    /// Compiles a rule for a field.
    pub fn field_rule(
        &self,
        rule: &Rule,
        name: &str,
        patterns: &mut Vec<TextPattern>,
    ) -> Result<FieldRule, GenerateError> {
        let draw = if name == "group" {
            self.group_draw(rule)?
        } else {
            self.draw(rule, name, patterns)?
        };
        Ok(FieldRule {
            condition: self.condition(rule)?,
            share: self.share(name, rule.share)?,
            draw,
        })
    }

    /// Compiles a rule for an event, whose column stands at `column` among the source's event columns.
    pub fn event_rule(&self, rule: &Rule, event: &str, column: usize) -> Result<EventRule, GenerateError> {
        let at = rule
            .at
            .ok_or_else(|| self.problem(event, "an event needs `at`, such as `at = [10, 30]`"))?;
        let share = self.share(event, rule.share)?;
        Ok(EventRule {
            condition: self.condition(rule)?,
            share,
            column,
            at,
            ahead: rule.ahead,
        })
    }

    /// Position of a code of the codelist.
    pub fn code(&self, codelist: &str, code: &str) -> Result<u16, GenerateError> {
        let unknown = || GenerateError::Code {
            source_name: self.source_name.to_owned(),
            codelist: codelist.to_owned(),
            found: code.to_owned(),
        };
        let position = self
            .codelist(codelist)?
            .codes()
            .position(|known| known == code)
            .ok_or_else(unknown)?;
        u16::try_from(position).map_err(|_| unknown())
    }

    /// Position of a field of the data set.
    pub fn field(&self, name: &str) -> Result<usize, GenerateError> {
        self.definition.position(name).ok_or_else(|| GenerateError::Field {
            source_name: self.source_name.to_owned(),
            data_set: self.definition.data_set.name(),
            found: name.to_owned(),
        })
    }

    /// The codelist of a coded field.
    pub fn codelist_of(&self, position: usize) -> Option<&'static str> {
        match self.definition.data_set.fields()[position].kind {
            FieldKind::Code(codelist) | FieldKind::CodeList(codelist) => Some(codelist),
            _ => None,
        }
    }

    pub fn share(&self, field: &str, share: f64) -> Result<Share, GenerateError> {
        Share::new(share).ok_or_else(|| self.problem(field, "a share lies between 0 and 1"))
    }

    /// Position of a group.
    fn group(&self, name: &str) -> Result<u16, GenerateError> {
        let position = self.recipe.groups.keys().position(|known| known == name);
        position
            .and_then(|position| u16::try_from(position).ok())
            .ok_or_else(|| GenerateError::Unknown {
                source_name: self.source_name.to_owned(),
                what: "group",
                found: name.to_owned(),
                expected: "a table under [groups]",
            })
    }

    fn codelist(&self, name: &str) -> Result<&Codelist, GenerateError> {
        self.codelists.get(name).ok_or_else(|| GenerateError::Unknown {
            source_name: self.source_name.to_owned(),
            what: "codelist",
            found: name.to_owned(),
            expected: "a file of codelists/",
        })
    }

    fn problem(&self, field: &str, problem: &'static str) -> GenerateError {
        GenerateError::Rule {
            source_name: self.source_name.to_owned(),
            field: field.to_owned(),
            problem,
        }
    }

    fn condition(&self, rule: &Rule) -> Result<Condition, GenerateError> {
        let codes = |codes: &[String], part: Option<usize>| -> Result<Vec<u16>, GenerateError> {
            let Some(codelist) = part.and_then(|part| self.codelist_of(part)) else {
                return Ok(Vec::new());
            };
            codes.iter().map(|code| self.code(codelist, code)).collect()
        };
        Ok(Condition {
            groups: rule
                .groups
                .iter()
                .map(|name| self.group(name))
                .collect::<Result<_, _>>()?,
            forms: codes(&rule.forms, self.parts.form)?,
            directions: codes(&rule.directions, self.parts.direction)?,
            outcomes: codes(&rule.outcomes, self.parts.outcome)?,
            from: rule.from.map(Day::from),
            until: rule.until.map(Day::from),
            with_field: rule.with_field.as_deref().map(|name| self.field(name)).transpose()?,
        })
    }

    fn group_draw(&self, rule: &Rule) -> Result<Draw, GenerateError> {
        let weights = rule
            .weights
            .iter()
            .map(|(name, weight)| Ok((self.group(name)?, *weight)));
        Ok(Draw::Group(Weighted::new(
            weights.collect::<Result<Vec<_>, GenerateError>>()?,
        )))
    }

    fn draw(&self, rule: &Rule, name: &str, patterns: &mut Vec<TextPattern>) -> Result<Draw, GenerateError> {
        let quantiles = || {
            rule.quantiles
                .map(Quantiles)
                .ok_or_else(|| self.problem(name, "a number needs `quantiles`"))
        };
        Ok(match self.definition.data_set.fields()[self.field(name)?].kind {
            FieldKind::Code(codelist) => Draw::Code(self.weights(rule, codelist)?),
            FieldKind::CodeList(codelist) => Draw::Codes(self.weights(rule, codelist)?, rule.most.unwrap_or(1)),
            FieldKind::Boolean => Draw::Flag(self.flags(rule, name)?),
            FieldKind::Integer => Draw::Whole(quantiles()?),
            FieldKind::Decimal => Draw::Hundredths(quantiles()?),
            FieldKind::Date => Draw::Later(quantiles()?),
            FieldKind::Text => {
                let pattern = rule
                    .pattern
                    .as_deref()
                    .ok_or_else(|| self.problem(name, "a text needs a `pattern`"))?;
                patterns.push(TextPattern::new(pattern));
                Draw::Text(patterns.len() as u16 - 1)
            }
        })
    }

    fn weights(&self, rule: &Rule, codelist: &str) -> Result<Weighted<u16>, GenerateError> {
        let weights = rule
            .weights
            .iter()
            .map(|(code, weight)| Ok((self.code(codelist, code)?, *weight)));
        Ok(Weighted::new(weights.collect::<Result<Vec<_>, GenerateError>>()?))
    }

    fn flags(&self, rule: &Rule, name: &str) -> Result<Weighted<bool>, GenerateError> {
        let flag = |(word, weight): (&String, &u64)| match word.as_str() {
            "yes" => Ok((true, *weight)),
            "no" => Ok((false, *weight)),
            _ => Err(self.problem(name, "a yes-or-no field has the weights `yes` and `no`")),
        };
        Ok(Weighted::new(
            rule.weights.iter().map(flag).collect::<Result<Vec<_>, _>>()?,
        ))
    }
}
