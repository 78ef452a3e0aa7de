import { usePlace } from "../router.js";
import { ServicePage } from "./service.js";
import { ServicesPage } from "./services.js";

/** All services, or the one that the URL names. */
export function RegistryPage() {
  const name = usePlace().params.get("service") ?? "";
  return name === "" ? <ServicesPage /> : <ServicePage key={name} name={name} />;
}
