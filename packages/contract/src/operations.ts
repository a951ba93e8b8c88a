/** Every operation by its name, in one list: the server, the client, the API document and the generated tests read it. */
import { accessEndpoints } from "./access.ts";
import { attachmentEndpoints } from "./attachments.ts";
import { activityEndpoints } from "./activity.ts";
import { bomEndpoints } from "./boms.ts";
import { calendarEndpoints } from "./calendar.ts";
import { decisionEndpoints } from "./decisions.ts";
import { evaluationReportEndpoints } from "./evaluation-reports.ts";
import { evaluationEndpoints } from "./evaluations.ts";
import { driftEndpoints } from "./drift.ts";
import { emergencyEndpoints } from "./emergencies.ts";
import { inventoryEndpoints } from "./inventory.ts";
import { ledgerEndpoints } from "./ledger.ts";
import { monitorEndpoints } from "./monitors.ts";
import { notificationEndpoints } from "./notifications.ts";
import { outcomeEndpoints } from "./outcomes.ts";
import { passkeyEndpoints } from "./passkeys.ts";
import { reconstructionEndpoints } from "./reconstruction.ts";
import { registerDescriptions } from "./registers.ts";
import { provisioningEndpoints } from "./scim.ts";
import { secondFactorEndpoints } from "./second-factor.ts";
import { singleSignOnEndpoints } from "./single-sign-on.ts";
import { statusEndpoints } from "./status.ts";
import { subjectEndpoints } from "./subjects.ts";
import { taskEndpoints } from "./tasks.ts";
import { webhookEndpoints } from "./webhooks.ts";

/** Operations beside those of the registers, which all have the same form (see `recordEndpoints`). */
export const operations = {
  ...accessEndpoints,
  ...secondFactorEndpoints,
  ...passkeyEndpoints,
  ...emergencyEndpoints,
  ...singleSignOnEndpoints,
  ...provisioningEndpoints,
  describeRegisters: registerDescriptions,
  ...calendarEndpoints,
  ...decisionEndpoints,
  ...outcomeEndpoints,
  ...reconstructionEndpoints,
  ...evaluationEndpoints,
  ...evaluationReportEndpoints,
  ...inventoryEndpoints,
  ...monitorEndpoints,
  ...driftEndpoints,
  ...bomEndpoints,
  ...attachmentEndpoints,
  ...ledgerEndpoints,
  ...statusEndpoints,
  ...subjectEndpoints,
  ...taskEndpoints,
  ...activityEndpoints,
  ...notificationEndpoints,
  ...webhookEndpoints,
};
