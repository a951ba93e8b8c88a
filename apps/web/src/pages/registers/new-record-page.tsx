import { Link, PageHeader } from "@steward/ui";
import { useQueryClient } from "@tanstack/react-query";

import { paths } from "../../paths.ts";
import { useGo } from "../../shell/app-link.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { RecordForm } from "./record-form.tsx";
import { useRegister } from "./register-page.tsx";
import { newRecordRoute } from "./registers.routes.ts";

export function NewRecordPage() {
  const { path } = newRecordRoute.useParams();
  const search = newRecordRoute.useSearch();
  const register = useRegister(path);
  const title = `New ${register.singular.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`;
  usePageTitle(title);
  const go = useGo();
  const queries = useQueryClient();
  return (
    <>
      <PageHeader
        title={title}
        sentence={register.emptyHint}
        above={<Link href={paths.register(path)}>{register.plural}</Link>}
      />
      <RecordForm
        key={path}
        register={register}
        prefilled={{ systemId: search.systemId, controlId: search.controlId }}
        onDone={(record) => {
          void queries.invalidateQueries({ queryKey: ["records"] });
          go(paths.record(path, record.id));
        }}
        onCancel={() => go(paths.register(path))}
      />
    </>
  );
}
