//! From a recipe and a source definition to a [`Register`]: names become positions, and whatever doesn't exist is refused by name.

use std::collections::BTreeMap;

use crate::domain::codelist::{Codelists, Recognition};
use crate::domain::dataset::DataSet;
use crate::domain::source::{SourceDefinition, Target};
use crate::generate::day::Day;
use crate::generate::error::GenerateError;
use crate::generate::pattern::TextPattern;
use crate::generate::random::{Quantiles, Weighted, name_key};
use crate::generate::recipe::{Block as BlockRecipe, CaseLink, Copies, Recipe, Rule, SourceRecipe};
use crate::generate::record::{MOST_EVENTS, Parts, Value};
use crate::generate::register::{Block, CaseBlock, Group, Noted, Register};
use crate::generate::rule::{EventRule, FieldRule, RuleContext};
use crate::generate::series::{Series, scaled};

/// What registers are compiled from.
#[derive(Clone, Copy)]
pub struct Ingredients<'a> {
    pub definitions: &'a [SourceDefinition],
    pub codelists: &'a Codelists,
    pub recipe: &'a Recipe,
    pub seed: u64,
}

impl<'a> Ingredients<'a> {
    /// The definition and the recipe of a source.
    pub fn source(&self, name: &str) -> Result<(&'a SourceDefinition, &'a SourceRecipe), GenerateError> {
        let recipe = self.recipe.source.get(name).ok_or_else(|| GenerateError::NoRecipe {
            found: name.to_owned(),
            known: self.recipe.source.keys().cloned().collect(),
        })?;
        let definition = self.definitions.iter().find(|definition| definition.name == name);
        definition
            .map(|definition| (definition, recipe))
            .ok_or_else(|| GenerateError::NoDefinition {
                source_name: name.to_owned(),
            })
    }

    /// Compiles the register of a source, with as many records as the recipe says, or `rows`.
    pub fn register(&self, name: &str, rows: Option<u64>) -> Result<Register, GenerateError> {
        let (definition, recipe) = self.source(name)?;
        let parts = Parts::of(definition.data_set);
        let context = RuleContext {
            source_name: name,
            definition,
            recipe: self.recipe,
            codelists: self.codelists,
            parts,
        };
        Compiler {
            ingredients: *self,
            name,
            definition,
            recipe,
            context,
            patterns: Vec::new(),
        }
        .compile(rows)
    }

    /// The sources that hold copies of this source's records.
    fn copied_by<'n>(&self, name: &'n str) -> impl Iterator<Item = (&'a String, &'a Copies)> + use<'a, 'n> {
        let copies = self
            .recipe
            .source
            .iter()
            .flat_map(|(other, recipe)| recipe.copies.iter().map(move |copies| (other, copies)));
        copies.filter(move |(_, copies)| copies.source == name)
    }
}

/// Event columns of a definition, in its order.
pub fn event_columns(definition: &SourceDefinition) -> Vec<&str> {
    let targets = definition.columns.iter().filter_map(|column| column.mappings.first());
    let events = targets.filter_map(|mapping| match &mapping.target {
        Target::Event(event) => Some(event.as_str()),
        Target::Field(_) => None,
    });
    events.collect()
}

struct Compiler<'a> {
    ingredients: Ingredients<'a>,
    name: &'a str,
    definition: &'a SourceDefinition,
    recipe: &'a SourceRecipe,
    context: RuleContext<'a>,
    patterns: Vec<TextPattern>,
}

impl Compiler<'_> {
    fn compile(mut self, rows: Option<u64>) -> Result<Register, GenerateError> {
        let blocks = self.blocks(rows)?;
        let rules = self.field_rules()?;
        let noted = self.noted()?;
        let group_rules = self.rules_for("group")?;
        let parts = self.context.parts;
        let share = |share| self.context.share("shares of the source", share);
        Ok(Register {
            seed: self.ingredients.seed,
            key: name_key(self.name),
            parts,
            blocks,
            groups: self.groups()?,
            pace: self.pace()?,
            group_rules,
            remaining: self.remaining(&rules),
            rules,
            event_rules: self.event_rules()?,
            after_end: self.after_end(),
            preparing: self.recipe.preparing.map(Quantiles),
            forwarding: self.recipe.forwarding.map(Quantiles),
            untransmitted: share(self.recipe.untransmitted)?,
            endless: share(self.recipe.endless)?,
            several: share(self.recipe.several)?,
            incoming: parts
                .direction
                .map(|_| self.context.code("directions", "incoming"))
                .transpose()?,
            pending: self.pending()?,
            constants: self.constants()?,
            noted,
            patterns: self.patterns,
        })
    }

    fn problem(&self, problem: &'static str) -> GenerateError {
        GenerateError::Source {
            source_name: self.name.to_owned(),
            problem,
        }
    }

    fn blocks(&mut self, rows: Option<u64>) -> Result<Vec<Block>, GenerateError> {
        let total: u64 = self.recipe.block.iter().flat_map(|block| block.years.values()).sum();
        self.recipe
            .block
            .iter()
            .map(|block| self.block(block, rows.unwrap_or(total), total))
            .collect()
    }

    fn block(&mut self, recipe: &BlockRecipe, rows: u64, total: u64) -> Result<Block, GenerateError> {
        let own: u64 = recipe.years.values().sum();
        let share = (u128::from(own) * u128::from(rows)).div_ceil(u128::from(total.max(1))) as u64;
        let counts = scaled(&self.years(&recipe.years)?, share, own);
        let carried = self.years(&recipe.carried)?;
        let carried = carried.into_iter().map(|(year, count)| {
            (
                year,
                (u128::from(count) * u128::from(rows) / u128::from(total.max(1))) as u64,
            )
        });
        let ends = self.recipe.exports.iter().map(|export| Day::from(export.on)).max();
        let ends = ends.ok_or_else(|| self.problem("a source needs an export"))?;
        let series = Series::new(&counts, &carried.collect(), recipe.begins.map(Day::from), ends);
        let pattern = self.pattern(&recipe.reference);
        let case = recipe.case.as_ref().map(|link| self.case(link)).transpose()?;
        Ok(Block {
            series,
            pattern,
            fixed: self.fixed(&recipe.set)?,
            countries: recipe.countries,
            closes: !recipe.carried.is_empty(),
            case,
        })
    }

    fn years(&self, counts: &BTreeMap<String, u64>) -> Result<BTreeMap<i32, u64>, GenerateError> {
        let year = |(year, count): (&String, &u64)| {
            let number = year.parse().ok().filter(|year| (1970..2200).contains(year));
            number.map(|year| (year, *count)).ok_or_else(|| GenerateError::Unknown {
                source_name: self.name.to_owned(),
                what: "year",
                found: year.clone(),
                expected: "a year of four digits",
            })
        };
        counts.iter().map(year).collect()
    }

    fn pattern(&mut self, pattern: &str) -> u16 {
        self.patterns.push(TextPattern::new(pattern));
        self.patterns.len() as u16 - 1
    }

    fn case(&mut self, link: &CaseLink) -> Result<CaseBlock, GenerateError> {
        let register = self.ingredients.register(&link.source, None)?;
        if link.blocks.is_empty() || link.blocks.iter().any(|block| *block >= register.blocks.len()) {
            return Err(self.problem("`case` names a block that its source does not have"));
        }
        let pattern_offset = self.patterns.len() as u16;
        self.patterns.extend(register.patterns.iter().cloned());
        let field = self.context.field("case")?;
        Ok(CaseBlock {
            field,
            register: Box::new(register),
            blocks: link.blocks.clone(),
            pattern_offset,
        })
    }

    fn fixed(&self, set: &BTreeMap<String, String>) -> Result<Vec<(usize, Value)>, GenerateError> {
        let value = |(name, code): (&String, &String)| {
            let field = self.context.field(name)?;
            let codelist = self
                .context
                .codelist_of(field)
                .ok_or_else(|| self.problem("`set` holds codes only"))?;
            Ok((field, Value::Code(self.context.code(codelist, code)?)))
        };
        set.iter().map(value).collect()
    }

    /// Coded constants of the definition; others are never looked at.
    fn constants(&self) -> Result<Vec<(usize, Value)>, GenerateError> {
        let mut constants = Vec::new();
        for (field, text) in &self.definition.constants {
            let Some(codelist) = self.context.codelist_of(*field) else {
                continue;
            };
            let recognised = self
                .ingredients
                .codelists
                .get(codelist)
                .map(|list| list.recognise(text));
            if let Some(Recognition::Code(code)) = recognised {
                constants.push((*field, Value::Code(self.context.code(codelist, &code)?)));
            }
        }
        Ok(constants)
    }

    /// The source's rules, then those of all requests.
    fn all_rules(&self) -> impl Iterator<Item = &Rule> + use<'_> {
        let shared = if self.definition.data_set == DataSet::Requests {
            self.ingredients.recipe.rule.as_slice()
        } else {
            &[]
        };
        self.recipe.rule.iter().chain(shared)
    }

    fn rules_for(&mut self, name: &str) -> Result<Vec<FieldRule>, GenerateError> {
        let mut patterns = std::mem::take(&mut self.patterns);
        let rules = self.all_rules().filter(|rule| rule.field.as_deref() == Some(name));
        let rules = rules
            .map(|rule| self.context.field_rule(rule, name, &mut patterns))
            .collect();
        self.patterns = patterns;
        rules
    }

    fn field_rules(&mut self) -> Result<Vec<Vec<FieldRule>>, GenerateError> {
        for rule in &self.recipe.rule {
            match (&rule.field, &rule.event) {
                (Some(field), None) if field == "group" => {}
                (Some(field), None) => drop(self.context.field(field)?),
                (None, Some(_)) => {}
                _ => return Err(self.problem("a rule needs either `field` or `event`")),
            }
        }
        let fields = self.definition.data_set.fields();
        fields.iter().map(|field| self.rules_for(field.name)).collect()
    }

    fn event_rules(&self) -> Result<Vec<EventRule>, GenerateError> {
        let columns = event_columns(self.definition);
        if columns.len() > MOST_EVENTS {
            return Err(self.problem("more than 12 event columns"));
        }
        let mut rules = Vec::new();
        for rule in self.all_rules() {
            let Some(event) = &rule.event else { continue };
            if let Some(column) = columns.iter().position(|known| known == event) {
                rules.push(self.context.event_rule(rule, event, column)?);
            }
        }
        Ok(rules)
    }

    /// Fields with rules that are not drawn before the others.
    fn remaining(&self, rules: &[Vec<FieldRule>]) -> Vec<usize> {
        let parts = self.context.parts;
        let before = [parts.direction, parts.form, parts.outcome, parts.end, parts.transmitted];
        (0..rules.len())
            .filter(|field| !rules[*field].is_empty() && !before.contains(&Some(*field)))
            .collect()
    }

    fn groups(&self) -> Result<Vec<Group>, GenerateError> {
        let group = |group: &crate::generate::recipe::Group| {
            let states = group
                .states
                .iter()
                .map(|(code, weight)| Ok((self.context.code("states", code)?, *weight)));
            let states = Weighted::new(states.collect::<Result<Vec<_>, GenerateError>>()?);
            Ok(Group {
                states,
                days: Quantiles(group.days),
            })
        };
        self.ingredients.recipe.groups.values().map(group).collect()
    }

    fn pace(&self) -> Result<Vec<i64>, GenerateError> {
        let forms = self.ingredients.codelists.get("forms");
        if self.definition.data_set != DataSet::Requests {
            return Ok(Vec::new());
        }
        for code in self.ingredients.recipe.pace.keys() {
            self.context.code("forms", code)?;
        }
        let pace = |code| self.ingredients.recipe.pace.get(code).copied().unwrap_or(100);
        Ok(forms.map(|forms| forms.codes().map(pace).collect()).unwrap_or_default())
    }

    fn pending(&self) -> Result<Option<u16>, GenerateError> {
        let codelist = self
            .context
            .parts
            .outcome
            .and_then(|outcome| self.context.codelist_of(outcome));
        codelist
            .map(|codelist| self.context.code(codelist, "pending"))
            .transpose()
    }

    fn after_end(&self) -> Vec<usize> {
        let fields = self.definition.data_set.fields().iter().enumerate();
        let known_at_the_end = fields.filter(|(_, field)| {
            ["refusal_ground", "cost_kind", "cost_amount", "objects_remitted"].contains(&field.name)
        });
        known_at_the_end.map(|(position, _)| position).collect()
    }

    fn noted(&mut self) -> Result<Vec<Noted>, GenerateError> {
        let mut noted = Vec::new();
        for (other, copies) in self.ingredients.copied_by(self.name) {
            let share = self.context.share("copies", copies.share)?;
            let pattern = self.pattern(&copies.reference);
            noted.push(Noted {
                key: name_key(other),
                share,
                pattern,
            });
        }
        Ok(noted)
    }
}
