/** Fuzz target: any text as an XML document, with entities and document types. */
import xml from '#processors/detect/decoders/xml/index.ts'
import { decoderSeeds, decoderTarget, type Place } from './run/decoder.ts'

const PLACES: readonly Place[] = [
  { point: ['post'], type: 'text/xml' },
  { point: ['query', 'a'] },
  { point: ['post', 'xml', 'xml_dtd'], type: 'application/soap+xml' },
]

export default decoderTarget(xml, PLACES)

export const dictionary: readonly string[] = [
  '<?xml version="1.0" encoding="utf-8"?>',
  '<!DOCTYPE a [',
  ']>',
  '<!ENTITY a "b">',
  '<!ENTITY % p "&#60;!ENTITY q SYSTEM \'x\'&#62;">',
  '<!ENTITY a SYSTEM "file:///x">',
  '<!ENTITY a PUBLIC "-//x" "y" NDATA z>',
  '&a;',
  '%p;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<a b="c">',
  '</a>',
  '<xi:include href="x"/>',
  '<a/>',
]

export function seeds(): readonly Uint8Array[] {
  return decoderSeeds(PLACES, [
    '<?xml version="1.0"?><a b="&lt;c"><d>e</d><d>f<!-- g --></d><![CDATA[h]]></a>',
    '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;"><!ENTITY % e "<!ENTITY f \'g\'>"> %e;]><a>&d;&f;</a>',
    '<soap:Envelope xmlns:soap="x"><soap:Body><?pi x?></soap:Body></soap:Envelope>',
  ])
}
