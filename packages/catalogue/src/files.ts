/** Every file of the catalogue with its schema: a file that is not listed here is not part of the product. */
import type { z } from "zod";

import { impactAssessmentFile, riskFile } from "./schema/assessments.ts";
import { incidentDeadlinesFile, friaFile, obligationsFile, registrationFile } from "./schema/eu-ai-act-duties.ts";
import {
  annexIiiFile,
  annexIvFile,
  articlesFile,
  classificationFile,
  practicesFile,
  timelineFile,
} from "./schema/eu-ai-act.ts";
import {
  annexCFile,
  certificationFile,
  challengesFile,
  clausesFile,
  controlsFile,
  defaultsFile,
  documentsFile,
  findingsFile,
  testsFile,
} from "./schema/iso-42001.ts";
import {
  agenticDataFile,
  internalAuditFile,
  managementReviewFile,
  maturityFile,
  stage1File,
  stage2File,
  supplierQuestionnaireFile,
} from "./schema/practice.ts";
import { crosswalkFile, euAiActCrosswalkFile, nistCrosswalkFile, standardsFile } from "./schema/standards.ts";

export const CATALOGUE_FILES = {
  "standards.yaml": standardsFile,
  "iso-42001/clauses.yaml": clausesFile,
  "iso-42001/controls.yaml": controlsFile,
  "iso-42001/tests.yaml": testsFile,
  "iso-42001/defaults.yaml": defaultsFile,
  "iso-42001/documented-information.yaml": documentsFile,
  "iso-42001/exclusion-challenges.yaml": challengesFile,
  "iso-42001/annex-c.yaml": annexCFile,
  "iso-42001/common-findings.yaml": findingsFile,
  "iso-42001/certification.yaml": certificationFile,
  "crosswalks/eu-ai-act.yaml": euAiActCrosswalkFile,
  "crosswalks/iso-27001.yaml": crosswalkFile,
  "crosswalks/iso-9001.yaml": crosswalkFile,
  "crosswalks/iso-31000.yaml": crosswalkFile,
  "crosswalks/soc-2.yaml": crosswalkFile,
  "crosswalks/nist-ai-rmf.yaml": nistCrosswalkFile,
  "eu-ai-act/timeline.yaml": timelineFile,
  "eu-ai-act/classification.yaml": classificationFile,
  "eu-ai-act/articles.yaml": articlesFile,
  "eu-ai-act/annex-iii.yaml": annexIiiFile,
  "eu-ai-act/annex-iv.yaml": annexIvFile,
  "eu-ai-act/prohibited-practices.yaml": practicesFile,
  "eu-ai-act/roles-and-obligations.yaml": obligationsFile,
  "eu-ai-act/registration.yaml": registrationFile,
  "eu-ai-act/incident-deadlines.yaml": incidentDeadlinesFile,
  "eu-ai-act/fria.yaml": friaFile,
  "assessments/impact-assessment.yaml": impactAssessmentFile,
  "assessments/risk.yaml": riskFile,
  "assessments/supplier-questionnaire.yaml": supplierQuestionnaireFile,
  "assessments/internal-audit.yaml": internalAuditFile,
  "assessments/management-review.yaml": managementReviewFile,
  "assessments/maturity.yaml": maturityFile,
  "assessments/stage-1.yaml": stage1File,
  "assessments/stage-2-questions.yaml": stage2File,
  "assessments/agentic-data.yaml": agenticDataFile,
} as const;

export type CataloguePath = keyof typeof CATALOGUE_FILES;

type DeepReadonly<T> = T extends (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The content of every file, typed; the key is its path below `catalogue/`. */
export type CatalogueContent = {
  readonly [P in CataloguePath]: DeepReadonly<z.infer<(typeof CATALOGUE_FILES)[P]["schema"]>>;
};

export function isCataloguePath(path: string): path is CataloguePath {
  return Object.hasOwn(CATALOGUE_FILES, path);
}
